#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/arguments.hpp>
#include <socketio/detail/emitted.hpp>

/// How values become values of the types that a contract declares, so that on the wire they are
/// what the contract says.
namespace socketio::detail {

template <class T>
concept plain_text = std::same_as<T, std::string_view> || std::same_as < std::decay_t<T>,
const char* > || std::same_as<std::decay_t<T>, char*>;
template <class T>
concept plain_number = std::is_arithmetic_v<T> && !std::same_as<T, bool> && !character<T>;

template <class Declared, class Source>
consteval bool converts_to();

template <class Declared, class Source>
inline constexpr bool elements_convert = false;
template <class... Declared, class... Sources>
requires(sizeof...(Declared) == sizeof...(Sources)) inline constexpr bool elements_convert<
    std::tuple<Declared...>, std::tuple<Sources...>> = (converts_to<Declared, Sources>() && ...);

/// Whether to_declared() makes a declared type of a value. No number becomes a bool, a number
/// without fraction or a text, no json a value of a type: who means that writes it.
template <class Declared, class Source>
consteval bool converts_to() {
  if constexpr (std::same_as<Declared, Source>) {
    return true;
  } else if constexpr (std::same_as<Declared, json>) {
    return is_emittable<Source>() && !std::same_as<Source, arguments>;
  } else if constexpr (nlohmann::detail::is_basic_json<Source>::value) {
    return false;
  } else if constexpr (is_optional<Declared>) {
    if constexpr (is_optional<Source>) {
      return converts_to<typename Declared::value_type, typename Source::value_type>();
    } else {
      return std::same_as<Source, std::nullopt_t> || std::same_as<Source, std::nullptr_t> ||
             converts_to<typename Declared::value_type, Source>();
    }
  } else if constexpr (plain_number<Declared>) {
    return plain_number<Source> && (std::floating_point<Declared> || std::integral<Source>);
  } else if constexpr (std::same_as<Declared, bool>) {
    return std::is_class_v<Source> && std::convertible_to<const Source&, bool>;
  } else if constexpr (std::same_as<Declared, std::string>) {
    return std::convertible_to<const Source&, std::string_view>;
  } else if constexpr (std::same_as<Declared, std::u8string>) {
    return std::convertible_to<const Source&, std::u8string_view>;
  } else if constexpr (byte_range<Declared>) {
    return byte_range<Source> && !is_array<Declared>;
  } else if constexpr (is_std_tuple<Declared> && is_std_tuple<Source>) {
    return elements_convert<Declared, Source>;
  } else {
    return std::convertible_to<const Source&, Declared>;
  }
}

/// Whether a number is in the range of a type. What is not finite is null in JSON anyway.
template <class Declared, class Source>
bool is_in_range([[maybe_unused]] Source number) {
  if constexpr (std::integral<Declared>) {
    return std::in_range<Declared>(number);
  } else if constexpr (std::floating_point<Source>) {
    return !std::isfinite(number) || std::abs(number) <= std::numeric_limits<Declared>::max();
  } else {
    return true;
  }
}

/// A number as one of the declared type.
/// @throws std::invalid_argument if it is out of the type's range
template <class Declared, class Source>
Declared to_declared_number(Source number) {
  if (!is_in_range<Declared>(number)) {
    throw std::invalid_argument(std::to_string(number) +
                                " is out of the range of the type that the contract declares");
  }
  return static_cast<Declared>(number);
}

/// The value to write for a declared type: the value itself if it has the type or is written alike,
/// else one of the type. References and views are those of the given value.
/// @throws std::invalid_argument for a number out of the declared range
template <class Declared, class Source>
decltype(auto) to_declared(const Source& value) {
  if constexpr (std::same_as<Declared, Source> || std::same_as<Declared, json> ||
                byte_range<Declared>) {
    return (value);
  } else if constexpr (is_optional<Declared>) {
    using inner = typename Declared::value_type;
    if constexpr (is_optional<Source>) {
      using converted = std::decay_t<decltype(to_declared<inner>(*value))>;
      return value ? std::optional<converted>(to_declared<inner>(*value)) : std::nullopt;
    } else if constexpr (converts_to<inner, Source>()) {
      return to_declared<inner>(value);
    } else {
      return nullptr;
    }
  } else if constexpr (plain_number<Declared>) {
    return to_declared_number<Declared>(value);
  } else if constexpr (std::same_as<Declared, std::string>) {
    return std::string_view(value);
  } else if constexpr (std::same_as<Declared, std::u8string>) {
    return std::u8string_view(value);
  } else if constexpr (is_std_tuple<Declared> && is_std_tuple<Source>) {
    return [&]<std::size_t... Positions>(std::index_sequence<Positions...> /*tag*/) {
      return std::tuple<
          std::decay_t<decltype(to_declared<std::tuple_element_t<Positions, Declared>>(
              std::get<Positions>(value)))>...>(
          to_declared<std::tuple_element_t<Positions, Declared>>(std::get<Positions>(value))...);
    }
    (std::make_index_sequence<std::tuple_size_v<Declared>>());
  } else {
    return static_cast<Declared>(value);
  }
}

/// An argument that is passed on as it is: a callback, or a completion token.
struct undeclared {};

/// The declared type of the argument at a position.
template <class Values, std::size_t Position>
struct declared_at {
  using type = undeclared;
};
template <class Values, std::size_t Position>
requires(Position < std::tuple_size_v<Values>) struct declared_at<Values, Position> {
  using type = std::tuple_element_t<Position, Values>;
};

/// The type that a list in braces makes at a position: the declared one. Of JSON, and where nothing
/// is declared, it is what it is without a contract.
template <class Values, std::size_t Position>
using braces_at =
    std::conditional_t<std::same_as<typename declared_at<Values, Position>::type, json> ||
                           std::same_as<typename declared_at<Values, Position>::type, undeclared>,
                       braces, typename declared_at<Values, Position>::type>;

/// Further types of parameters that take a declared type.
template <class Parameter, class Declared>
inline constexpr bool takes_declared = false;

/// Whether a handler's parameter takes values of a declared type: it is the type, a view of it, a
/// container of such, an optional, or JSON of any kind.
template <class Parameter, class Declared>
consteval bool takes() {
  if constexpr (std::same_as<Parameter, Declared> || std::same_as<Parameter, json> ||
                std::same_as<Parameter, json_view>) {
    return true;
  } else if constexpr (std::same_as<Parameter, raw_json>) {
    return !byte_range<Declared>;
  } else if constexpr (is_optional<Parameter>) {
    if constexpr (is_optional<Declared>) {
      return takes<typename Parameter::value_type, typename Declared::value_type>();
    } else {
      return takes<typename Parameter::value_type, Declared>();
    }
  } else if constexpr (is_vector<Parameter> && is_vector<Declared> && !byte_range<Declared>) {
    return takes<typename Parameter::value_type, typename Declared::value_type>();
  } else if constexpr (is_string_map<Parameter> && is_string_map<Declared>) {
    return takes<typename Parameter::mapped_type, typename Declared::mapped_type>();
  } else if constexpr (std::same_as<Parameter, std::string_view>) {
    return std::same_as<Declared, std::string>;
  } else if constexpr (std::same_as<Parameter, std::u8string_view>) {
    return std::same_as<Declared, std::u8string>;
  } else {
    return (is_byte_view<Parameter> && byte_range<Declared>) || takes_declared<Parameter, Declared>;
  }
}

}  // namespace socketio::detail
