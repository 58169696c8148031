#pragma once

#include <boost/asio/awaitable.hpp>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/detail/awaitable.hpp>
#include <socketio/detail/declared_values.hpp>
#include <socketio/detail/handler_requirements.hpp>
#include <socketio/detail/unique_function.hpp>
#include <socketio/events.hpp>
#include <socketio/typed_ack.hpp>

/// Handlers of events that a contract declares. A function `require_...` stops the compiler with a
/// sentence that says what to write.
namespace socketio::detail {

template <class T>
inline constexpr bool is_typed_ack = false;
template <class Result>
inline constexpr bool is_typed_ack<typed_ack<Result>> = true;

/// A tuple of types without its last one.
template <class Tuple, class Positions>
struct first_elements;
template <class Tuple, std::size_t... Positions>
struct first_elements<Tuple, std::index_sequence<Positions...>> {
  using type = std::tuple<std::tuple_element_t<Positions, Tuple>...>;
};
template <class Tuple>
using without_last =
    typename first_elements<Tuple, std::make_index_sequence<std::tuple_size_v<Tuple> - 1>>::type;

/// The acknowledgement that a handler takes as its last parameter; another type if it takes none.
template <class Function>
using last_parameter = typename parameter_from_back<parameters_of<Function>, 0>::type;
template <class Function>
inline constexpr bool takes_typed_ack = is_typed_ack<last_parameter<Function>>;

/// The parameters of a handler for the event's values.
template <class Function, bool TakesAck = takes_typed_ack<Function>>
struct value_parameters {
  using type = parameters_of<Function>;
};
template <class Function>
struct value_parameters<Function, true> {
  using type = without_last<parameters_of<Function>>;
};

/// The value of a handler's result, also of one that is a coroutine.
template <class Function>
using result_value =
    typename std::conditional_t<is_awaitable<std::remove_cvref_t<result_of<Function>>>,
                                awaited_value<std::remove_cvref_t<result_of<Function>>>,
                                std::type_identity<std::remove_cvref_t<result_of<Function>>>>::type;

/// Requirements on parameters that take values of declared types: of a handler, or of a callback.
template <class Declared, class... Parameters>
consteval bool require_declared_parameters(std::tuple<Parameters...>* /*tag*/) {
  constexpr bool takes_all = (std::same_as<std::remove_cvref_t<Parameters>, arguments> || ...);
  constexpr auto count = sizeof...(Parameters) - (takes_all ? 1 : 0);
  static_assert(count <= std::tuple_size_v<Declared>,
                "the function has more parameters than the contract declares values: leave out the "
                "last ones");
  if constexpr (count <= std::tuple_size_v<Declared>) {
    constexpr bool fit = []<std::size_t... Positions>(std::index_sequence<Positions...> /*tag*/) {
      using parameters = std::tuple<std::remove_cvref_t<Parameters>...>;
      return (takes<std::tuple_element_t<Positions, parameters>,
                    std::tuple_element_t<Positions, Declared>>() &&
              ...);
    }
    (std::make_index_sequence<count>());
    static_assert(fit,
                  "a parameter has another type than the contract declares: write the declared "
                  "type, a view of it such as std::string_view for std::string, or socketio::json");
    return fit;
  }
  return false;
}

/// Requirements on how a handler acknowledges.
template <class Event, class Function>
consteval bool require_declared_answer() {
  using last = last_parameter<Function>;
  using result = result_value<Function>;
  constexpr bool has_untyped_ack = std::same_as<last, ack>;
  static_assert(!has_untyped_ack,
                "a handler of an event of a contract takes socketio::typed_ack<type> instead of "
                "socketio::ack, with the declared type of the answer");
  constexpr bool has_answer = takes_typed_ack<Function> || !std::is_void_v<result>;
  static_assert(has_untyped_ack || Event::is_answered || !has_answer,
                "the contract declares no answer for this event: return nothing, and leave out the "
                "ack");
  static_assert(has_untyped_ack || !Event::is_answered || has_answer,
                "the contract declares an answer for this event: return it, or take "
                "socketio::typed_ack<type> as the last parameter");
  static_assert(!takes_typed_ack<Function> || std::is_void_v<result>,
                "a handler acknowledges either with its result or with its ack, not with both");
  if constexpr (has_untyped_ack || Event::is_answered != has_answer) {
    return false;
  } else if constexpr (takes_typed_ack<Function>) {
    constexpr bool is_declared = std::same_as<last, typed_ack<typename Event::result>>;
    static_assert(is_declared,
                  "the typed_ack has another type than the contract declares as the event's "
                  "result");
    constexpr bool is_kept =
        !is_awaitable<std::remove_cvref_t<result_of<Function>>> ||
        std::same_as<last, std::tuple_element_t<std::tuple_size_v<parameters_of<Function>> - 1,
                                                parameters_of<Function>>>;
    static_assert(is_kept, "a coroutine takes its typed_ack by value");
    return is_declared && is_kept && std::is_void_v<result>;
  } else {
    constexpr bool fits =
        std::is_void_v<result> || (is_std_tuple<result> == is_std_tuple<typename Event::result> &&
                                   converts_to<typename Event::result, result>());
    static_assert(fits,
                  "the handler's result does not convert to the type that the contract declares as "
                  "the event's result");
    return fits;
  }
}

/// Requirements on handlers of an event of a contract.
/// @param Event its declaration; void if the contract has none of this name
template <class Event, class Source>
consteval bool require_declared_handler() {
  constexpr bool is_declared = !std::is_void_v<Event>;
  static_assert(is_declared,
                "the contract declares no event of this name that arrives here: add it to the list "
                "of those that the other side emits, or correct the name");
  if constexpr (is_declared && require_typed_function<Source, true>()) {
    using function = std::decay_t<Source>;
    if constexpr (require_declared_answer<Event, function>()) {
      using parameters = typename value_parameters<function>::type;
      if constexpr (require_parameters<parameters>(
                        std::make_index_sequence<std::tuple_size_v<parameters>>())) {
        return require_declared_parameters<typename Event::values>(
            static_cast<parameters*>(nullptr));
      }
    }
  }
  return false;
}

template <class Result, class Value>
boost::asio::awaitable<void> acknowledge_awaited(boost::asio::awaitable<Value> running,
                                                 typed_ack<Result> reply) {
  auto result = co_await std::move(running);
  acknowledge_with(reply, result);
}

/// A handler with a typed_ack, or with a result that converts to the declared one, as a handler
/// with an ack.
template <class Result, class Function,
          class Parameters = typename value_parameters<Function>::type>
struct answering_handler;
template <class Result, class Function, class... Parameters>
struct answering_handler<Result, Function, std::tuple<Parameters...>> {
  Function function;

  auto operator()(Parameters... values, const ack& reply) {
    typed_ack<Result> answer(reply);
    if constexpr (takes_typed_ack<Function>) {
      return function(static_cast<Parameters&&>(values)..., std::move(answer));
    } else if constexpr (is_awaitable<std::remove_cvref_t<result_of<Function>>>) {
      return acknowledge_awaited(function(static_cast<Parameters&&>(values)...), answer);
    } else {
      acknowledge_with(answer, function(static_cast<Parameters&&>(values)...));
    }
  }
};

/// A handler of an event of a contract as a handler without one.
/// @throws std::invalid_argument for an empty std::function, or a pointer that is null
template <class Event, class Source>
decltype(auto) make_declared_handler(Source&& source) {
  if constexpr (!require_declared_handler<Event, Source>()) {
    return [] {};
  } else {
    using function = std::decay_t<Source>;
    using result = result_value<function>;
    if constexpr (takes_typed_ack<function> ||
                  !(std::is_void_v<result> || std::same_as<result, typename Event::result>)) {
      return answering_handler<typename Event::result, function>{
          make_function<function>(std::forward<Source>(source))};
    } else {
      return std::forward<Source>(source);
    }
  }
}

}  // namespace socketio::detail
