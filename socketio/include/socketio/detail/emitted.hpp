#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <socketio/arguments.hpp>
#include <socketio/detail/typed_function.hpp>
#include <socketio/protocol/json.hpp>

/// Requirements on the arguments of emit(). A function `require_...` stops the compiler with a
/// sentence that says what to write. It returns whether the requirement holds, so that no other
/// errors follow.
namespace socketio::detail {

/// An argument that is a list in braces, `{{"n", 1}}`: the JSON value that nlohmann_json makes of
/// it. Empty braces are an empty object, as in JavaScript.
class braces {
 public:
  braces(json::initializer_list_t list)  // NOLINT(*-explicit-*)
      : value_(list.size() == 0 ? json::object() : json(list)) {}

  [[nodiscard]] const json& value() const { return value_; }

 private:
  json value_;
};

/// The argument as append_arguments() takes it.
template <class T>
T&& written(T&& value) {
  return std::forward<T>(value);
}
inline const json& written(const braces& list) {
  return list.value();
}
inline const json& written(braces& list) {
  return list.value();
}
inline const json& written(braces&& list) {
  return list.value();
}

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// Whether append_argument() supports a type.
template <class T>
consteval bool is_emittable() {
  if constexpr (character<T>) {
    return false;
  } else if constexpr (is_optional<T>) {
    return is_emittable<typename T::value_type>();
  } else {
    return std::same_as<T, braces> || std::same_as<T, arguments> || std::same_as<T, json_view> ||
           std::same_as<T, raw_json> || std::convertible_to<const T&, std::string_view> ||
           utf8_text<T> || byte_range<T> || std::constructible_from<json, const T&>;
  }
}

/// A type with a call operator, with parameters of any kind.
template <class T>
concept callable = typed_function<T> || std::is_member_pointer_v<T> || functor<T>;

/// A callback for an acknowledgement, or a type that was meant to be one.
template <class T>
concept callback = typed_function<T> ||(!is_emittable<T>() && callable<T>);

template <class T>
consteval bool require_emittable() {
  static_assert(!character<T>,
                "a char is neither text nor a number here: emit a string, or an int");
  static_assert(!callback<T>,
                "only the last argument of emit() may be a function, which is called with the "
                "acknowledgement");
  if constexpr (character<T> || callback<T>) {
    return false;
  } else {
    static_assert(is_emittable<T>(),
                  "the argument's type needs a to_json(), which nlohmann_json looks for");
    return is_emittable<T>();
  }
}

}  // namespace socketio::detail
