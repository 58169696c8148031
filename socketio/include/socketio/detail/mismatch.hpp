#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <limits>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include <socketio/arguments.hpp>

namespace socketio::detail {

/// An argument that does not convert to the parameter of a handler.
struct mismatch {
  std::size_t position;  ///< position of the argument, from 1
  std::string expected;  ///< the parameter's type, for example `integer 0 to 255`
  std::string given;     ///< what the client sent, for example `string` or `number 300`
};

/// Says that an argument of an event, or of an acknowledgement if the event has no name, does not
/// fit.
[[nodiscard]] std::string mismatch_text(const mismatch& wrong, std::string_view event);

/// A value's type in JavaScript's words; a number with its value.
[[nodiscard]] std::string given_type(const json_view& value);
/// The name of a C++ type, as in the source.
[[nodiscard]] std::string type_name(const std::type_info& type);

/// A parameter's type: in JavaScript's words, or the name of an application's own type.
template <class T>
std::string expected_type() {
  if constexpr (std::same_as<T, bool>) {
    return "boolean";
  } else if constexpr (std::integral<T>) {
    return "integer " + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max());
  } else if constexpr (std::floating_point<T>) {
    return "number";
  } else if constexpr (std::convertible_to<const T&, std::string_view> || utf8_text<T>) {
    return "string";
  } else if constexpr (is_optional<T>) {
    return expected_type<typename T::value_type>() + " or null";
  } else if constexpr (byte_range<T>) {
    return "binary";
  } else if constexpr (is_vector<T>) {
    return "array of " + expected_type<typename T::value_type>();
  } else if constexpr (std::same_as<T, raw_json>) {
    return "anything but binary";
  } else if constexpr (requires { typename T::mapped_type; }) {
    return "object";
  } else if constexpr (std::ranges::range<const T>) {
    return "array";
  } else {
    return type_name(typeid(T));
  }
}

/// Describes a value that does not convert to a type, and why, if the conversion's exception tells.
template <class T>
std::string misfit(const json_view& value) {
  if constexpr (is_optional<T>) {
    return misfit<typename T::value_type>(value);
  } else if constexpr (is_vector<T> && !byte_range<T>) {
    std::vector<json_view> elements;
    value.elements(elements);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (read_argument<typename T::value_type>(elements[i])) continue;
      return "array with " + misfit<typename T::value_type>(elements[i]) + " at index " +
             std::to_string(i);
    }
  } else if constexpr (!std::is_arithmetic_v<T> && !byte_range<T> &&
                       !std::convertible_to<const T&, std::string_view> &&
                       requires(const json& source) { source.template get<T>(); }) {
    try {
      static_cast<void>(value.to_json().template get<T>());
    } catch (const std::exception& error) {
      return given_type(value) + " (" + error.what() + ")";
    }
  }
  return given_type(value);
}

}  // namespace socketio::detail
