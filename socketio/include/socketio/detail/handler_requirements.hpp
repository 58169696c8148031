#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/ack.hpp>
#include <socketio/arguments.hpp>
#include <socketio/detail/coroutine_result.hpp>
#include <socketio/detail/emitted.hpp>
#include <socketio/detail/typed_function.hpp>
#include <socketio/error.hpp>

namespace socketio {

class socket;

/// Requirements on handlers. A function `require_...` stops the compiler with a sentence that says
/// what to write. It returns whether the requirement holds, so that no other errors follow.
namespace detail {

/// Whether read_argument() supports a type.
template <class T>
consteval bool reads_argument() {
  if constexpr (std::is_pointer_v<T> || character<T>) {
    return false;
  } else if constexpr (is_optional<T> || (is_vector<T> && !owned_bytes<T>)) {
    return reads_argument<typename T::value_type>();
  } else if constexpr (is_string_map<T>) {
    return reads_argument<typename T::mapped_type>();
  } else if constexpr ((is_array<T> && !owned_bytes<T>) || is_tuple<T>) {
    return []<std::size_t... Positions>(std::index_sequence<Positions...> /*tag*/) {
      return (reads_argument<std::tuple_element_t<Positions, T>>() && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<T>>());
  } else {
    return std::same_as<T, json_view> || std::same_as<T, std::string_view> ||
           std::same_as<T, std::u8string_view> || is_byte_view<T> || requires(const json& value) {
      value.template get<T>();
    };
  }
}

/// The parameter of a handler at a position from the back; void if there are fewer.
template <class Parameters, std::size_t FromBack>
struct parameter_from_back {
  using type = void;
};
template <class Parameters, std::size_t FromBack>
requires(FromBack <
         std::tuple_size_v<Parameters>) struct parameter_from_back<Parameters, FromBack> {
  using type = std::remove_cvref_t<
      std::tuple_element_t<std::tuple_size_v<Parameters> - 1 - FromBack, Parameters>>;
};

template <class Parameter>
consteval bool require_parameter() {
  using type = std::remove_cvref_t<Parameter>;
  constexpr bool changes_argument =
      std::is_lvalue_reference_v<Parameter> && !std::is_const_v<std::remove_reference_t<Parameter>>;
  static_assert(!changes_argument, "a handler takes its parameters by value or by const reference");
  constexpr bool is_character_pointer =
      std::is_pointer_v<type> && character<std::remove_cv_t<std::remove_pointer_t<type>>>;
  static_assert(!is_character_pointer,
                "a handler takes text as std::string or std::string_view, not as const char*");
  static_assert(!std::is_pointer_v<type> || is_character_pointer,
                "a handler takes values, not pointers");
  static_assert(!character<type>,
                "a handler takes text as std::string, and a number as int or std::int8_t, not as "
                "char");
  static_assert(!std::same_as<type, socket>,
                "an event's handler does not get the socket: capture it, as in [socket](int) {}");
  static_assert(!std::same_as<type, error_code>,
                "only the callback of emit() takes a socketio::error_code, as its first parameter");
  if constexpr (changes_argument || std::is_pointer_v<type> || character<type> ||
                std::same_as<type, socket> || std::same_as<type, error_code>) {
    return false;
  } else if constexpr (std::same_as<type, ack> || std::same_as<type, arguments> ||
                       std::same_as<type, raw_json>) {
    return true;
  } else {
    static_assert(reads_argument<type>(),
                  "the parameter's type needs a from_json(), which nlohmann_json looks for");
    return reads_argument<type>();
  }
}

template <class Parameters, std::size_t... Positions>
consteval bool require_parameters(std::index_sequence<Positions...> /*tag*/) {
  using last = typename parameter_from_back<Parameters, 0>::type;
  constexpr bool has_ack = std::same_as<last, ack>;
  constexpr auto count_of = []<class T>(std::type_identity<T>) {
    return (std::size_t{0} + ... +
            (std::same_as<std::remove_cvref_t<std::tuple_element_t<Positions, Parameters>>, T>));
  };
  constexpr auto acks = count_of(std::type_identity<ack>());
  static_assert(acks == (has_ack ? 1 : 0), "ack has to be the last parameter");
  constexpr auto lists = count_of(std::type_identity<arguments>());
  constexpr bool has_list =
      std::same_as<typename parameter_from_back<Parameters, has_ack ? 1 : 0>::type, arguments>;
  static_assert(
      lists == (has_list ? 1 : 0),
      "arguments has to be the last parameter, but for an ack: it takes all that is left");
  return acks == (has_ack ? 1 : 0) && lists == (has_list ? 1 : 0) &&
         (require_parameter<std::tuple_element_t<Positions, Parameters>>() && ...);
}

template <class T>
inline constexpr bool is_reference_wrapper = false;
template <class T>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<T>> = true;

/// Requirements on all handlers with typed parameters.
template <class Source>
consteval bool require_typed_function() {
  using function = std::decay_t<Source>;
  constexpr bool can_be_held = std::is_constructible_v<function, Source>;
  static_assert(can_be_held, "this handler cannot be copied: hand it over with std::move()");
  static_assert(!std::is_null_pointer_v<function>, "a handler may not be nullptr");
  static_assert(!std::is_member_pointer_v<function>,
                "a handler may not be a pointer to a member: write a lambda that calls the member");
  static_assert(!is_reference_wrapper<function>,
                "a handler may not be a std::ref(): write a lambda that captures by reference");
  static_assert(!std::is_bind_expression_v<function>,
                "a handler may not be a std::bind(): write a lambda");
  static_assert(typed_function<function>,
                "a handler is a function, or a lambda without auto, whose parameters say what it "
                "takes, such as [](int number, const std::string& text) {}");
  if constexpr (typed_function<function>) {
    constexpr bool is_coroutine = coroutine_result<std::remove_cvref_t<result_of<function>>>;
    static_assert(!is_coroutine,
                  "a handler may not be a coroutine yet; start one with boost::asio::co_spawn");
    return can_be_held && !is_coroutine;
  }
  return false;
}

/// Requirements on handlers of socket::on().
template <class Source>
consteval bool require_event_handler() {
  if constexpr (require_typed_function<Source>()) {
    using parameters = parameters_of<std::decay_t<Source>>;
    return require_parameters<parameters>(
        std::make_index_sequence<std::tuple_size_v<parameters>>{});
  }
  return false;
}

/// Requirements on the parameters of the callback of emit(), except the error.
template <class... Parameters>
consteval bool require_answer_values(std::tuple<Parameters...>* /*tag*/) {
  constexpr bool has_ack = (std::same_as<std::remove_cvref_t<Parameters>, ack> || ...);
  static_assert(!has_ack, "the callback of emit() has nothing to acknowledge: leave out the ack");
  constexpr bool has_text = (std::same_as<std::remove_cvref_t<Parameters>, raw_json> || ...);
  static_assert(!has_text, "the callback of emit() takes socketio::json_view, not raw_json");
  if constexpr (has_ack || has_text) {
    return false;
  } else {
    return require_parameters<std::tuple<Parameters...>>(
        std::make_index_sequence<sizeof...(Parameters)>{});
  }
}

consteval bool require_answer_parameters(std::tuple<>* /*tag*/) {
  return true;
}
template <class First, class... Rest>
consteval bool require_answer_parameters(std::tuple<First, Rest...>* parameters) {
  if constexpr (!std::same_as<std::remove_cvref_t<First>, error_code>) {
    return require_answer_values(parameters);
  } else {
    constexpr bool have_defaults = (std::default_initializable<std::remove_cvref_t<Rest>> && ...);
    static_assert(have_defaults,
                  "parameters that follow an error_code need default constructors: after an error "
                  "there are no values");
    return require_answer_values(static_cast<std::tuple<Rest...>*>(nullptr)) && have_defaults;
  }
}

/// Requirements on the callback of emit().
template <class Source>
consteval bool require_ack_handler() {
  if constexpr (require_typed_function<Source>()) {
    return require_answer_parameters(static_cast<parameters_of<std::decay_t<Source>>*>(nullptr));
  }
  return false;
}

}  // namespace detail
}  // namespace socketio
