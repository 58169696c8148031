#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/ack.hpp>
#include <socketio/answers.hpp>
#include <socketio/arguments.hpp>
#include <socketio/detail/awaitable.hpp>
#include <socketio/detail/coroutine_result.hpp>
#include <socketio/detail/emitted.hpp>
#include <socketio/detail/typed_function.hpp>
#include <socketio/error.hpp>

namespace socketio {

class socket;

/// Requirements on handlers. A function `require_...` stops the compiler with a sentence that says
/// what to write. It returns whether the requirement holds, so that no other errors follow.
namespace detail {

/// False, for functions that never compile.
template <class... Types>
inline constexpr bool never = false;

/// Stops the compiler at on() with a function and its object.
template <class... Arguments>
consteval void require_one_function() {
  static_assert(never<Arguments...>,
                "on() takes one function: write std::bind_front(&type::function, object) for a "
                "member function");
}

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
           std::same_as<T, std::u8string_view> || std::same_as<T, shared_bytes> ||
           is_byte_view<T> || requires(const json& value) {
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

/// A handler's parameters, of which a coroutine that waits keeps the values: not a reference to the
/// event's ack.
template <class Parameter>
using owned_parameter = std::conditional_t<std::same_as<Parameter, const ack&>, ack, Parameter>;
template <class Parameters>
struct all_owned_parameters;
template <class... Parameters>
struct all_owned_parameters<std::tuple<Parameters...>> {
  using type = std::tuple<owned_parameter<Parameters>...>;
};
template <class Parameters>
using owned_parameters = typename all_owned_parameters<Parameters>::type;

/// Types that look into the event.
template <class T>
inline constexpr bool is_view =
    std::same_as<T, std::string_view> || std::same_as<T, std::u8string_view> ||
    std::same_as<T, json_view> || std::same_as<T, arguments> || std::same_as<T, raw_json> ||
    is_byte_view<T>;

template <class... Parameters>
consteval bool require_owned_parameters(std::tuple<Parameters...>* /*tag*/) {
  constexpr bool has_view = (is_view<std::remove_cvref_t<Parameters>> || ...);
  static_assert(!has_view,
                "a coroutine takes values, not views, which end when it waits: std::string for "
                "std::string_view, socketio::json for json_view and arguments");
  return !has_view;
}

/// Requirements on the result of a handler, with which it acknowledges the event.
template <class Result>
consteval bool require_result() {
  if constexpr (std::is_void_v<Result>) {
    return true;
  } else if constexpr (is_std_tuple<Result>) {
    return []<std::size_t... Positions>(std::index_sequence<Positions...> /*tag*/) {
      return (require_result<std::tuple_element_t<Positions, Result>>() && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<Result>>());
  } else {
    constexpr bool emittable = is_emittable<Result>();
    static_assert(emittable,
                  "a handler's result acknowledges the event: its type needs a to_json(), which "
                  "nlohmann_json looks for, or the handler returns nothing");
    return emittable;
  }
}

/// Requirements on the result of a handler of events, which may be a coroutine.
template <class Function>
consteval bool require_event_result() {
  using result = std::remove_cvref_t<result_of<Function>>;
  using parameters = parameters_of<Function>;
  constexpr bool has_ack = std::same_as<typename parameter_from_back<parameters, 0>::type, ack>;
  constexpr bool other_coroutine = coroutine_result<result> && !is_awaitable<result>;
  static_assert(!other_coroutine,
                "a handler that is a coroutine returns a boost::asio::awaitable<T>");
  if constexpr (other_coroutine) {
    return false;
  } else {
    using value = typename std::conditional_t<is_awaitable<result>, awaited_value<result>,
                                              std::type_identity<result>>::type;
    constexpr bool twice = has_ack && !std::is_void_v<value>;
    static_assert(!twice,
                  "a handler acknowledges either with its result or with its ack, not with both");
    if constexpr (twice) {
      return false;
    } else if constexpr (is_awaitable<result>) {
      return require_owned_parameters(static_cast<parameters*>(nullptr)) && require_result<value>();
    } else {
      return require_result<value>();
    }
  }
}

template <class Function, class... Parameters>
consteval bool takes_parameters(std::tuple<Parameters...>* /*tag*/) {
  return std::is_invocable_v<Function&, Parameters...>;
}

/// Requirements on all handlers with typed parameters.
/// @param MayBeCoroutine whether the caller looks after its result
template <class Source, bool MayBeCoroutine = false>
consteval bool require_typed_function() {
  using function = std::decay_t<Source>;
  constexpr bool can_be_held = std::is_constructible_v<function, Source>;
  static_assert(can_be_held, "this handler cannot be copied: hand it over with std::move()");
  static_assert(!std::is_null_pointer_v<function>, "a handler may not be nullptr");
  static_assert(
      !std::is_member_pointer_v<function>,
      "a member function needs its object: write std::bind_front(&type::function, object)");
  static_assert(!is_reference_wrapper<function>,
                "a handler may not be a std::ref(): write a lambda that captures by reference");
  static_assert(!std::is_bind_expression_v<function>,
                "a handler may not be a std::bind(): write std::bind_front(), or a lambda");
  static_assert(typed_function<function>,
                "a handler is a function, or a lambda without auto, whose parameters say what it "
                "takes, such as [](int number, const std::string& text) {}");
  if constexpr (typed_function<function>) {
    constexpr bool takes_bound =
        takes_parameters<function>(static_cast<parameters_of<function>*>(nullptr));
    static_assert(
        takes_bound,
        "what std::bind_front() binds does not convert to the function's first parameters");
    constexpr bool is_coroutine =
        !MayBeCoroutine && coroutine_result<std::remove_cvref_t<result_of<function>>>;
    static_assert(!is_coroutine,
                  "this function may not be a coroutine; start one in it with "
                  "boost::asio::co_spawn");
    return can_be_held && takes_bound && !is_coroutine;
  }
  return false;
}

/// Requirements on handlers of socket::on().
template <class Source>
consteval bool require_event_handler() {
  if constexpr (require_typed_function<Source, true>()) {
    using parameters = parameters_of<std::decay_t<Source>>;
    if constexpr (require_parameters<parameters>(
                      std::make_index_sequence<std::tuple_size_v<parameters>>{})) {
      return require_event_result<std::decay_t<Source>>();
    }
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
  } else if constexpr (sizeof...(Parameters) == 1 &&
                       (is_broadcast_answers<std::remove_cvref_t<Parameters>> && ...)) {
    return true;
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

/// Requirements on the result of emit_with_ack(), which outlives the acknowledgement.
template <class Result>
consteval bool require_answer_type() {
  if constexpr (std::is_void_v<Result>) {
    return true;
  } else if constexpr (is_std_tuple<Result>) {
    return []<std::size_t... Positions>(std::index_sequence<Positions...> /*tag*/) {
      return (require_answer_type<std::tuple_element_t<Positions, Result>>() && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<Result>>());
  } else {
    constexpr bool is_value = std::same_as<Result, std::decay_t<Result>> && !is_view<Result>;
    static_assert(is_value,
                  "emit_with_ack<type>() completes with a value, not with a view or a reference: "
                  "std::string for std::string_view, socketio::json for json_view and arguments");
    if constexpr (is_value) {
      constexpr bool fits = reads_argument<Result>() && std::default_initializable<Result>;
      static_assert(fits,
                    "the type of emit_with_ack<type>() needs a from_json(), which nlohmann_json "
                    "looks for, and a default constructor: after an error there is no value");
      return fits;
    }
    return false;
  }
}

/// Requirements on the function of each_answer().
template <class... Parameters>
consteval bool require_answer_visitor_parameters(std::tuple<Parameters...>* /*tag*/) {
  return false;
}
template <class Id, class Error, class... Values>
consteval bool require_answer_visitor_parameters(std::tuple<Id, Error, Values...>* /*tag*/) {
  if constexpr (std::convertible_to<std::string_view, Id> &&
                std::same_as<std::remove_cvref_t<Error>, error_code>) {
    return require_answer_parameters(static_cast<std::tuple<Error, Values...>*>(nullptr));
  }
  return false;
}
template <class Source>
consteval bool require_answer_visitor() {
  if constexpr (require_typed_function<Source>()) {
    constexpr bool fits = require_answer_visitor_parameters(
        static_cast<parameters_of<std::decay_t<Source>>*>(nullptr));
    static_assert(fits,
                  "the function of each_answer() takes (std::string_view id, "
                  "socketio::error_code error, T value)");
    return fits;
  }
  return false;
}

}  // namespace detail
}  // namespace socketio
