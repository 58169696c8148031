#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <socketio/protocol/json_writer.hpp>
#include <socketio/protocol/socketio_packet.hpp>

/// How values become arguments of events, and arguments become values.
namespace socketio {

/// Bytes. As an argument they become a binary attachment, like an ArrayBuffer in JavaScript. So do
/// `std::vector`, `std::array` and `std::span` of `std::byte` or `std::uint8_t`, and json's binary,
/// also within containers, and within types whose to_json() is a template over the JSON type. A
/// container that is moved in, and a shared_bytes, are sent without being copied.
using binary = std::vector<std::byte>;

/// The JSON text of a value, to pass it on without parsing. As a handler's parameter it is the text
/// of the argument, valid until the handler returns; as an argument it is the text to send. An
/// argument that contains binary values does not convert to it.
class raw_json {
 public:
  raw_json() = default;
  /// @param text has to outlive the object and to be valid JSON: the server does not check it, and
  /// clients disconnect on invalid JSON
  explicit raw_json(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_ = "null";
};

/// All arguments of an event, for handlers that take any number of them; emit() sends them as
/// separate arguments. A view, valid until the handler returns; to_json() makes a copy to keep.
class arguments {
 public:
  arguments() = default;
  explicit arguments(std::span<const json_view> values) : values_(values) {}

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  /// The argument at a position; null beyond the last, as in JavaScript.
  [[nodiscard]] json_view operator[](std::size_t position) const {
    return position < values_.size() ? values_[position] : json_view{};
  }
  /// All arguments as a JSON array.
  [[nodiscard]] json to_json() const {
    auto array = json::array();
    for (const auto& value : values_) array.push_back(value.to_json());
    return array;
  }
  [[nodiscard]] auto begin() const { return values_.begin(); }
  [[nodiscard]] auto end() const { return values_.end(); }

 private:
  std::span<const json_view> values_;
};

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// Maps whose keys are strings: objects in JavaScript.
template <class T>
inline constexpr bool is_string_map = false;
template <class T, class Compare>
inline constexpr bool is_string_map<std::map<std::string, T, Compare>> = true;
template <class T, class Hash, class Equal>
inline constexpr bool is_string_map<std::unordered_map<std::string, T, Hash, Equal>> = true;

template <class T>
inline constexpr bool is_tuple = false;
template <class... Values>
inline constexpr bool is_tuple<std::tuple<Values...>> = true;
template <class First, class Second>
inline constexpr bool is_tuple<std::pair<First, Second>> = true;

/// Several values, where one stands otherwise: of an acknowledgement.
template <class T>
inline constexpr bool is_std_tuple = false;
template <class... Values>
inline constexpr bool is_std_tuple<std::tuple<Values...>> = true;

/// A view of bytes in the packet.
template <class T>
inline constexpr bool is_byte_view = false;
template <byte_like T>
inline constexpr bool is_byte_view<std::span<const T>> = true;

/// Whether an argument, a forwarded reference, is bytes to take over.
template <class Value>
inline constexpr bool is_moved_in =
    std::is_object_v<Value> && !std::is_const_v<Value> && owned_bytes<Value> && !is_array<Value>;

/// Appends one value to an encoded array, without a separator.
template <class T>
void append_argument(encoded_arguments& output, const T& value) {
  if constexpr (std::same_as<T, std::nullptr_t>) {
    output.json.append("null");
  } else if constexpr (std::same_as<T, bool>) {
    output.json.append(value ? "true" : "false");
  } else if constexpr (std::integral<T>) {
    std::array<char, 24> digits;  // NOLINT(*-member-init): to_chars writes it
    output.json.append(digits.data(),
                       std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  } else if constexpr (std::same_as<T, float>) {
    append_json_number(output.json, decimal_value(value));
  } else if constexpr (std::floating_point<T>) {
    append_json_number(output.json, static_cast<double>(value));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    append_json_string(output.json, value);
  } else if constexpr (utf8_text<T>) {
    const std::u8string_view text(value);
    append_json_string(output.json, {reinterpret_cast<const char*>(text.data()), text.size()});
  } else if constexpr (is_optional<T>) {
    if (value) {
      append_argument(output, *value);
    } else {
      output.json.append("null");
    }
  } else if constexpr (std::same_as<T, shared_bytes>) {
    append_placeholder(output.json, output.attachments.size());
    output.attachments.push_back(value);
  } else if constexpr (byte_range<T>) {
    append_argument(output, shared_bytes::copy(std::as_bytes(std::span(value))));
  } else if constexpr (std::same_as<T, json>) {
    append_json(output.json, value, output.attachments);
  } else if constexpr (std::same_as<T, raw_json>) {
    output.json.append(value.text());
  } else if constexpr (std::same_as<T, json_view>) {
    // Write values that are not nested without building a json.
    switch (value.type()) {
      case json_type::null:
        return append_argument(output, nullptr);
      case json_type::boolean:
        return append_argument(output, *value.boolean());
      case json_type::integer:
        return append_argument(output, *value.integer());
      case json_type::unsigned_integer:
        return append_argument(output, *value.unsigned_integer());
      case json_type::floating:
        return append_argument(output, *value.number());
      case json_type::string:
        return append_argument(output, *value.string());
      case json_type::array:
      case json_type::object:
      case json_type::binary:
        append_json(output.json, value.to_json(), output.attachments);
    }
  } else {
    static_assert(!wide_text<T>, "text has to be UTF-8, in char or char8_t");
    static_assert(std::constructible_from<json, const T&>,
                  "the argument's type needs a to_json() as nlohmann_json looks for it");
    append_json(output.json, json(value), output.attachments);
  }
}

template <class T>
std::optional<T> read_by_nlohmann(const json_view& view) {
  try {
    return view.to_json().get<T>();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

template <class T>
std::optional<T> read_argument(const json_view& view);

template <class T>
std::optional<T> read_bytes(const json_view& view) {
  const auto bytes = view.binary();
  if (!bytes) return read_by_nlohmann<T>(view);
  try {
    return copy_bytes<T>(*bytes);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

template <class T>
std::optional<T> read_vector(const json_view& view) {
  if (view.type() != json_type::array) return std::nullopt;
  std::vector<json_view> elements;
  view.elements(elements);
  T values;
  values.reserve(elements.size());
  for (const auto& element : elements) {
    auto value = read_argument<typename T::value_type>(element);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

template <class T>
std::optional<T> read_map(const json_view& view) {
  if (view.type() != json_type::object) return std::nullopt;
  std::vector<std::pair<std::string_view, json_view>> members;
  view.members(members);
  T values;
  for (const auto& [key, member] : members) {
    auto value = read_argument<typename T::mapped_type>(member);
    if (!value) return std::nullopt;
    values.insert_or_assign(std::string(key), std::move(*value));
  }
  return values;
}

/// Reads an array of exactly as many elements as T has, for std::array, std::pair and std::tuple.
template <class T>
std::optional<T> read_tuple(const json_view& view) {
  if (view.type() != json_type::array) return std::nullopt;
  std::vector<json_view> elements;
  view.elements(elements);
  if (elements.size() != std::tuple_size_v<T>) return std::nullopt;
  return [&]<std::size_t... Positions>(std::index_sequence<Positions...>)->std::optional<T> {
    std::tuple values(read_argument<std::tuple_element_t<Positions, T>>(elements[Positions])...);
    if (!(std::get<Positions>(values).has_value() && ...)) return std::nullopt;
    return T{std::move(*std::get<Positions>(values))...};
  }
  (std::make_index_sequence<std::tuple_size_v<T>>());
}

/// Converts an argument; nothing if it has another type or is out of range.
template <class T>
std::optional<T> read_argument(const json_view& view) {
  if constexpr (std::same_as<T, json_view>) {
    return view;
  } else if constexpr (std::same_as<T, json>) {
    return view.to_json();
  } else if constexpr (std::same_as<T, bool>) {
    return view.boolean();
  } else if constexpr (std::unsigned_integral<T>) {
    const auto number = view.unsigned_integer();
    if (!number || *number > std::numeric_limits<T>::max()) return std::nullopt;
    return static_cast<T>(*number);
  } else if constexpr (std::signed_integral<T>) {
    const auto number = view.integer();
    if (!number || *number < std::numeric_limits<T>::min() ||
        *number > std::numeric_limits<T>::max()) {
      return std::nullopt;
    }
    return static_cast<T>(*number);
  } else if constexpr (std::floating_point<T>) {
    const auto number = view.number();
    if (!number || std::abs(*number) > std::numeric_limits<T>::max()) return std::nullopt;
    return static_cast<T>(*number);
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
    const auto text = view.string();
    return text ? std::optional<T>(T(*text)) : std::nullopt;
  } else if constexpr (std::same_as<T, std::u8string> || std::same_as<T, std::u8string_view>) {
    const auto text = view.string();
    if (!text) return std::nullopt;
    return T(reinterpret_cast<const char8_t*>(text->data()), text->size());
  } else if constexpr (is_optional<T>) {
    if (view.is_null()) return std::optional<T>(std::in_place, std::nullopt);
    auto value = read_argument<typename T::value_type>(view);
    return value ? std::optional<T>(std::in_place, std::move(value)) : std::nullopt;
  } else if constexpr (std::same_as<T, shared_bytes>) {
    return view.shared_binary();
  } else if constexpr (is_byte_view<T>) {
    const auto bytes = view.binary();
    if (!bytes) return std::nullopt;
    return T(reinterpret_cast<typename T::pointer>(bytes->data()), bytes->size());
  } else if constexpr (has_any_from_json<T>) {
    return read_by_nlohmann<T>(view);
  } else if constexpr (owned_bytes<T>) {
    return read_bytes<T>(view);
  } else if constexpr (is_vector<T>) {
    return read_vector<T>(view);
  } else if constexpr (is_string_map<T>) {
    return read_map<T>(view);
  } else if constexpr (is_array<T> || is_tuple<T>) {
    return read_tuple<T>(view);
  } else {
    return read_by_nlohmann<T>(view);
  }
}

/// Appends a value after a separator if it needs one; appends `arguments` one by one.
template <class Value>
void append_separated(encoded_arguments& output, Value&& value) {
  using type = std::remove_cvref_t<Value>;
  if constexpr (std::same_as<type, arguments>) {
    for (const auto& single : value) append_separated(output, single);
  } else {
    if (output.json.back() != '[') output.json.push_back(',');
    if constexpr (is_moved_in<Value>) {
      append_argument(output, shared_bytes(std::forward<Value>(value)));
    } else {
      append_argument<type>(output, value);
    }
  }
}

/// Writes values as a JSON array; the first value of an event is its name.
template <class... Values>
void append_arguments(encoded_arguments& output, Values&&... values) {
  constexpr std::size_t usual_size = 120;
  output.json.reserve(usual_size);
  output.json.push_back('[');
  (append_separated(output, std::forward<Values>(values)), ...);
  output.json.push_back(']');
}

}  // namespace detail
}  // namespace socketio
