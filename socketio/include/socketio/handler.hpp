#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/ack.hpp>
#include <socketio/arguments.hpp>
#include <socketio/error.hpp>

/// Functions with typed parameters as handlers of events and of acknowledgements.
namespace socketio::detail {

/// An event that has come, as handlers see it.
struct incoming_event {
  std::string_view name;
  std::span<const json_view> values;
  socketio::ack ack;
  /// The text of the packet's JSON array, name included; empty if there is none, or if binary
  /// attachments belong to it.
  std::string_view json = {};
};

/// Handles an event. Returns what does not fit the handler's parameters; empty if all is well.
using event_handler = std::function<std::string(const incoming_event&)>;

/// Handles an acknowledgement, or its failure; returns like event_handler.
using ack_handler = std::function<std::string(error_code, std::span<const json_view>)>;

template <class Function>
struct signature : signature<decltype(&Function::operator())> {};
template <class Result, class... Parameters>
struct signature<Result (*)(Parameters...)> {
  using parameters = std::tuple<Parameters...>;
};
template <class Result, class... Parameters>
struct signature<Result (*)(Parameters...) noexcept> : signature<Result (*)(Parameters...)> {};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...)> : signature<Result (*)(Parameters...)> {};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...) const> : signature<Result (*)(Parameters...)> {};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...) noexcept> : signature<Result (*)(Parameters...)> {
};
template <class Class, class Result, class... Parameters>
struct signature<Result (Class::*)(Parameters...) const noexcept>
    : signature<Result (*)(Parameters...)> {};

template <class Function>
using parameters_of = typename signature<std::decay_t<Function>>::parameters;

/// Whether a type is a function object with one signature, as handlers have to be.
template <class T>
concept typed_function = requires {
  &T::operator();
}
|| (std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>);

template <class Tuple>
struct first_or_void {
  using type = void;
};
template <class First, class... Rest>
struct first_or_void<std::tuple<First, Rest...>> {
  using type = std::remove_cvref_t<First>;
};

/// What a call needs for one parameter, read from the event.
template <class Parameter>
struct parameter {
  using value_type = std::remove_cvref_t<Parameter>;
  static constexpr bool is_borrowed = std::same_as<Parameter, const ack&>;
  /// What is kept until the call: the value, unless the event has it for as long.
  using stored_type =
      std::conditional_t<is_borrowed, std::reference_wrapper<const ack>, value_type>;
  static_assert(!std::is_lvalue_reference_v<Parameter> ||
                    std::is_const_v<std::remove_reference_t<Parameter>>,
                "a handler takes its parameters by value or by const reference");

  static std::optional<stored_type> read(const incoming_event& event, std::size_t position) {
    if constexpr (is_borrowed) {
      return std::cref(event.ack);
    } else if constexpr (std::same_as<value_type, ack>) {
      return event.ack;
    } else if constexpr (std::same_as<value_type, arguments>) {
      return arguments(event.values.subspan(std::min(position, event.values.size())));
    } else if constexpr (std::same_as<value_type, raw_json>) {
      if (position >= event.values.size()) return raw_json();
      // The name comes first.
      if (event.json.empty()) return std::nullopt;
      return raw_json(json_array_element(event.json, position + 1));
    } else {
      return read_argument<value_type>(arguments(event.values)[position]);
    }
  }
};

template <class Function, class... Parameters, std::size_t... Positions>
std::string call_with(Function& function, const incoming_event& event,
                      std::tuple<Parameters...>* /*tag*/,
                      std::index_sequence<Positions...> /*tag*/) {
  std::tuple<std::optional<typename parameter<Parameters>::stored_type>...> values;
  std::size_t wrong = 0;
  const bool all_fit =
      ((std::get<Positions>(values) = parameter<Parameters>::read(event, Positions),
        wrong = Positions + 1, std::get<Positions>(values).has_value()) &&
       ...);
  if (!all_fit) {
    return "argument " + std::to_string(wrong) + " of event \"" + std::string(event.name) +
           "\" does not fit the handler's parameter";
  }
  function(static_cast<Parameters&&>(*std::get<Positions>(values))...);
  return {};
}

/// Calls a function with the event's arguments, converted to its parameters. Arguments beyond its
/// parameters are left out, missing ones are null.
template <class Function, class Parameters = parameters_of<Function>>
std::string call(Function& function, const incoming_event& event) {
  return call_with(function, event, static_cast<Parameters*>(nullptr),
                   std::make_index_sequence<std::tuple_size_v<Parameters>>{});
}

template <class Function>
event_handler make_event_handler(Function function) {
  static_assert(typed_function<Function>,
                "a handler is a function object whose parameters are not templates");
  return [function = std::move(function)](const incoming_event& event) mutable {
    return call(function, event);
  };
}

template <class Function, class First, class... Rest>
std::string call_after_error(Function& function, error_code error,
                             std::span<const json_view> values,
                             std::tuple<First, Rest...>* /*tag*/) {
  if (error && values.empty()) {
    // There is nothing to convert: the other parameters are as if made by default.
    function(error, std::remove_cvref_t<Rest>{}...);
    return {};
  }
  auto bound = [&](Rest... rest) { function(error, static_cast<Rest&&>(rest)...); };
  return call<decltype(bound), std::tuple<Rest...>>(bound, incoming_event{"ack", values, {}});
}

/// A function that takes error_code first is told about failures, too; others are called only with
/// an acknowledgement that has come.
template <class Function>
ack_handler make_ack_handler(Function function) {
  using parameters = parameters_of<Function>;
  if constexpr (std::same_as<typename first_or_void<parameters>::type, error_code>) {
    return [function = std::move(function)](error_code error,
                                            std::span<const json_view> values) mutable {
      return call_after_error(function, error, values, static_cast<parameters*>(nullptr));
    };
  } else {
    return [function = std::move(function)](error_code error,
                                            std::span<const json_view> values) mutable {
      return error ? std::string{} : call(function, incoming_event{"ack", values, {}});
    };
  }
}

}  // namespace socketio::detail
