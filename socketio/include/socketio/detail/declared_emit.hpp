#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/answers.hpp>
#include <socketio/detail/declared_handler.hpp>
#include <socketio/detail/declared_values.hpp>
#include <socketio/detail/handler_requirements.hpp>
#include <socketio/events.hpp>

/// Requirements on the arguments of emit() for events of a contract. A function `require_...` stops
/// the compiler with a sentence that says what to write.
namespace socketio::detail {

/// An argument as emit() without a contract takes it.
template <class Values, std::size_t Position, class Argument>
decltype(auto) to_argument(Argument&& argument) {
  using declared = typename declared_at<Values, Position>::type;
  if constexpr (std::same_as<declared, undeclared>) {
    return std::forward<Argument>(argument);
  } else {
    return to_declared<declared>(std::as_const(argument));
  }
}

template <class Event>
consteval bool require_declared_event() {
  constexpr bool is_declared = !std::is_void_v<Event>;
  static_assert(is_declared,
                "the contract declares no event of this name that is emitted here: add it to the "
                "list of those that this side emits, or correct the name");
  return is_declared;
}

/// Requirements on the values of an event, the first ones of the arguments.
template <class Values, class... Arguments>
consteval bool require_declared_values() {
  constexpr bool enough = sizeof...(Arguments) >= std::tuple_size_v<Values>;
  static_assert(enough, "there are fewer values than the contract declares for this event");
  if constexpr (enough) {
    constexpr bool convert = []<std::size_t... Positions>(std::index_sequence<Positions...>) {
      using arguments = std::tuple<std::remove_cvref_t<Arguments>...>;
      return (converts_to<std::tuple_element_t<Positions, Values>,
                          std::tuple_element_t<Positions, arguments>>() &&
              ...);
    }
    (std::make_index_sequence<std::tuple_size_v<Values>>());
    static_assert(convert,
                  "a value does not convert to the type that the contract declares for it");
    return convert;
  }
  return false;
}

/// Requirements on a callback's parameters for the answer, without the error_code.
template <class Event, bool AsksMany, class... Parameters>
consteval bool require_declared_callback(std::tuple<Parameters...>* tag) {
  using answers = typename Event::answers;
  if constexpr (!AsksMany) {
    return require_declared_parameters<answers>(tag);
  } else if constexpr (std::tuple_size_v<answers> == 0) {
    return require_declared_parameters<std::tuple<std::vector<json>>>(tag);
  } else {
    // Of each client the first value counts.
    using value = std::tuple_element_t<0, answers>;
    if constexpr (sizeof...(Parameters) == 1 &&
                  (is_broadcast_answers<std::remove_cvref_t<Parameters>> && ...)) {
      constexpr bool fits = (takes<answer_value<std::remove_cvref_t<Parameters>>, value>() && ...);
      static_assert(fits,
                    "the broadcast_answers have another type than the contract declares as the "
                    "event's result");
      return fits;
    } else {
      return require_declared_parameters<std::tuple<std::vector<value>>>(tag);
    }
  }
}
template <class Event, bool AsksMany, class... Rest>
consteval bool require_callback_after_error(std::tuple<Rest...>* tag) {
  return require_declared_callback<Event, AsksMany>(tag);
}
template <class Event, bool AsksMany, class... Rest>
consteval bool require_callback_after_error(std::tuple<error_code, Rest...>* /*tag*/) {
  return require_declared_callback<Event, AsksMany>(static_cast<std::tuple<Rest...>*>(nullptr));
}
template <class Event, bool AsksMany, class... Rest>
consteval bool require_callback_after_error(std::tuple<const error_code&, Rest...>* /*tag*/) {
  return require_declared_callback<Event, AsksMany>(static_cast<std::tuple<Rest...>*>(nullptr));
}
template <class Event, class Id, class... Rest>
consteval bool require_callback_after_id(std::tuple<Id, Rest...>* /*tag*/) {
  return require_callback_after_error<Event, false>(static_cast<std::tuple<Rest...>*>(nullptr));
}

/// Requirements on the argument of emit() that takes the answer.
template <class Event, bool AsksMany, class Callback>
consteval bool require_answer_argument() {
  using callback = std::decay_t<Callback>;
  if constexpr (is_answer_visitor<callback>) {
    using function = decltype(callback::function);
    if constexpr (require_answer_visitor<function>()) {
      return require_callback_after_id<Event>(static_cast<parameters_of<function>*>(nullptr));
    }
    return false;
  } else {
    constexpr bool is_function = !is_emittable<callback>();
    static_assert(is_function,
                  "there are more values than the contract declares for this event; after them "
                  "comes the function that takes the answer");
    if constexpr (is_function && require_ack_handler<Callback>()) {
      return require_callback_after_error<Event, AsksMany>(
          static_cast<parameters_of<callback>*>(nullptr));
    }
    return false;
  }
}

/// Requirements on the arguments of emit().
template <class Event, bool AsksMany, class... Arguments>
consteval bool require_declared_emit() {
  if constexpr (!require_declared_event<Event>()) {
    return false;
  } else if constexpr (!require_declared_values<typename Event::values, Arguments...>()) {
    return false;
  } else {
    constexpr auto rest = sizeof...(Arguments) - std::tuple_size_v<typename Event::values>;
    static_assert(
        Event::is_answered || rest == 0,
        "there are more values than the contract declares for this event, and it declares "
        "no answer");
    static_assert(!Event::is_answered || rest >= 1,
                  "the contract declares an answer for this event: add a function that takes it, "
                  "or use emit_with_ack()");
    static_assert(!Event::is_answered || rest <= 1,
                  "there are more values than the contract declares for this event");
    if constexpr (rest != (Event::is_answered ? 1 : 0)) {
      return false;
    } else if constexpr (rest == 1) {
      return require_answer_argument<
          Event, AsksMany,
          std::tuple_element_t<sizeof...(Arguments) - 1, std::tuple<Arguments...>>>();
    } else {
      return true;
    }
  }
}

/// Requirements on the arguments of emit_with_ack().
template <class Event, class... Arguments>
consteval bool require_declared_emit_with_ack() {
  if constexpr (!require_declared_event<Event>()) {
    return false;
  } else {
    static_assert(Event::is_answered, "the contract declares no answer for this event: use emit()");
    if constexpr (Event::is_answered &&
                  require_declared_values<typename Event::values, Arguments...>()) {
      constexpr auto rest = sizeof...(Arguments) - std::tuple_size_v<typename Event::values>;
      static_assert(rest <= 1,
                    "there are more values than the contract declares for this event; after them "
                    "comes at most a completion token");
      return rest <= 1;
    }
    return false;
  }
}

/// What emit_with_ack() completes with: of a broadcast the list of the first values.
template <class Event, bool AsksMany>
struct declared_answer {
  using type = std::conditional_t<std::tuple_size_v<typename Event::answers> == 0, void,
                                  typename Event::result>;
};
template <class Event>
requires(std::tuple_size_v<typename Event::answers> > 0) struct declared_answer<Event, true> {
  using type = std::tuple_element_t<0, typename Event::answers>;
};

}  // namespace socketio::detail
