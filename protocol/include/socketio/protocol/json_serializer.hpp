#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/detail/language.hpp>
#include <socketio/protocol/json_value.hpp>

/// How C++ values become socketio::json, and are read from it, wherever they are held: in
/// containers, and in types with a to_json() and from_json() of their own.
namespace socketio::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Whether a type has a to_json() or from_json() beside it for a JSON type.
template <class Json, class T>
concept has_to_json = requires(Json& output, const T& value) {
  to_json(output, value);
};
template <class Json, class T>
concept has_from_json = requires(const Json& input, T& value) {
  from_json(input, value);
};

/// Whether nlohmann_json converts a type by itself, or by a specialised adl_serializer.
template <class Json, class T>
concept nlohmann_writes = requires(Json& output, const T& value) {
  nlohmann::adl_serializer<T>::to_json(output, value);
};
template <class T>
concept nlohmann_reads = requires(const json& input, T& value) {
  nlohmann::adl_serializer<T>::from_json(input, value);
};

/// The JSON type for which a type has a to_json(): the macros of nlohmann_json 3.11 know
/// nlohmann::json alone. void if it has none.
template <class T>
consteval auto find_to_json() {
  if constexpr (has_to_json<json, T>) {
    return std::type_identity<json>();
  } else if constexpr (has_to_json<nlohmann::ordered_json, T>) {
    return std::type_identity<nlohmann::ordered_json>();
  } else if constexpr (has_to_json<nlohmann::json, T>) {
    return std::type_identity<nlohmann::json>();
  } else {
    return std::type_identity<void>();
  }
}
template <class T>
using to_json_type = typename decltype(find_to_json<T>())::type;

template <class T>
concept byte_like =
    std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as<std::remove_cv_t<T>, std::uint8_t>;

/// Bytes: std::vector, std::array, std::span and whatever else holds std::byte or std::uint8_t in
/// one piece, unless it says itself how it is written.
template <class T>
concept byte_range = std::ranges::contiguous_range<const T> &&
    byte_like<std::ranges::range_value_t<const T>> && std::is_void_v<to_json_type<T>>;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;

/// Bytes that are copied when they are read.
template <class T>
concept owned_bytes = byte_range<T> &&
    (is_array<T> ||
     (!std::ranges::view<T> && std::constructible_from<T, const std::ranges::range_value_t<T>*,
                                                       const std::ranges::range_value_t<T>*>));

/// Text in UTF-8 by its type.
template <class T>
concept utf8_text = std::same_as<T, std::u8string> || std::same_as<T, std::u8string_view> ||
                    std::same_as < std::decay_t<T>,
char8_t* > || std::same_as<std::decay_t<T>, const char8_t*>;

/// Text in another encoding, which nlohmann_json takes for a list of numbers.
template <class T>
concept wide_text = std::ranges::contiguous_range<const T> &&
    (std::same_as<std::ranges::range_value_t<const T>, wchar_t> ||
     std::same_as<std::ranges::range_value_t<const T>, char16_t> ||
     std::same_as<std::ranges::range_value_t<const T>, char32_t>);

/// What is written and read in another way than nlohmann_json would. A std::optional is not read: a
/// json would convert to it by itself, and compete with the optional's own constructors.
template <class T>
concept written_here = byte_range<T> || utf8_text<T> || std::same_as<T, float> || is_optional<T>;
template <class T>
concept read_here = owned_bytes<T> || std::same_as<T, std::u8string>;

template <class T>
consteval bool is_writable() {
  if constexpr (!std::is_void_v<to_json_type<T>>) {
    return true;
  } else if constexpr (is_optional<T>) {
    return std::constructible_from<json, const typename T::value_type&>;
  } else if constexpr (written_here<T>) {
    return true;
  } else if constexpr (wide_text<T>) {
    return false;
  } else {
    return nlohmann_writes<json, T> || nlohmann_writes<nlohmann::ordered_json, T> ||
           nlohmann_writes<nlohmann::json, T>;
  }
}

template <class T>
concept has_any_from_json = has_from_json<json, T> || has_from_json<nlohmann::ordered_json, T> ||
    has_from_json<nlohmann::json, T>;

template <class T>
concept reads_from_json = has_any_from_json<T> || read_here<T> || nlohmann_reads<T>;

/// The value of a float's shortest decimal: 0.1 for 0.1F.
[[nodiscard]] double decimal_value(float number);

/// The bytes of a binary value or of a list of numbers.
/// @throws std::invalid_argument if the value is something else
[[nodiscard]] std::vector<std::uint8_t> bytes_of(const json& value);

/// Bytes as a type that owns them.
/// @throws std::invalid_argument if a std::array has another size
template <owned_bytes T>
[[nodiscard]] T copy_bytes(std::span<const std::byte> bytes) {
  using element = std::ranges::range_value_t<T>;
  const auto* first = reinterpret_cast<const element*>(bytes.data());
  if constexpr (is_array<T>) {
    T copy{};
    if (bytes.size() != copy.size()) throw std::invalid_argument("another number of bytes");
    std::copy_n(first, copy.size(), copy.begin());
    return copy;
  } else {
    return T(first, first + bytes.size());
  }
}

template <class T, class Value>
void write_json(json& output, Value&& value);
template <class T>
void read_json(const json& input, T& value);

/// What socketio::json converts with.
template <class T, class SFINAE>
struct json_serializer {
  template <class Value>
  requires(is_writable<T>()) static void to_json(json& output, Value&& value) {
    write_json<T>(output, std::forward<Value>(value));
  }

  static void from_json(const json& input, T& value) requires reads_from_json<T> {
    read_json<T>(input, value);
  }

  /// For types that are not made by default.
  template <class Target = T>
  requires(!has_any_from_json<Target> &&
           !read_here<Target>) static auto from_json(const json& input)
      -> decltype(nlohmann::adl_serializer<Target>::from_json(input)) {
    return nlohmann::adl_serializer<Target>::from_json(input);
  }
};

template <class T, class Value>
void write_json(json& output, Value&& value) {
  using own_type = to_json_type<T>;
  if constexpr (std::same_as<own_type, json>) {
    to_json(output, std::as_const(value));
  } else if constexpr (!std::is_void_v<own_type>) {
    output = own_type(std::as_const(value));
  } else if constexpr (byte_range<T>) {
    const auto bytes = std::as_bytes(std::span(value));
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    output = json::binary({first, first + bytes.size()});
  } else if constexpr (utf8_text<T>) {
    const std::u8string_view text(value);
    output = std::string(reinterpret_cast<const char*>(text.data()), text.size());
  } else if constexpr (std::same_as<T, float>) {
    output = decimal_value(value);
  } else if constexpr (is_optional<T>) {
    output = value ? json(*std::forward<Value>(value)) : json();
  } else if constexpr (nlohmann_writes<json, T>) {
    nlohmann::adl_serializer<T>::to_json(output, std::forward<Value>(value));
  } else if constexpr (nlohmann_writes<nlohmann::ordered_json, T>) {
    output = nlohmann::ordered_json(std::as_const(value));
  } else {
    output = nlohmann::json(std::as_const(value));
  }
}

template <class T>
void read_json(const json& input, T& value) {
  if constexpr (has_from_json<json, T>) {
    // A function for another JSON type is called, too: the value is converted.
    from_json(input, value);
  } else if constexpr (has_from_json<nlohmann::ordered_json, T>) {
    from_json(nlohmann::ordered_json(input), value);
  } else if constexpr (has_from_json<nlohmann::json, T>) {
    from_json(nlohmann::json(input), value);
  } else if constexpr (owned_bytes<T>) {
    const auto bytes = bytes_of(input);
    value = copy_bytes<T>(std::as_bytes(std::span(bytes)));
  } else if constexpr (std::same_as<T, std::u8string>) {
    const auto& text = input.template get_ref<const std::string&>();
    value.assign(text.begin(), text.end());
  } else {
    nlohmann::adl_serializer<T>::from_json(input, value);
  }
}

}  // namespace socketio::detail
