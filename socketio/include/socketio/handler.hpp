#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <socketio/ack.hpp>
#include <socketio/arguments.hpp>
#include <socketio/detail/handler_requirements.hpp>
#include <socketio/detail/mismatch.hpp>
#include <socketio/detail/typed_function.hpp>
#include <socketio/detail/unique_function.hpp>
#include <socketio/error.hpp>

/// Functions with typed parameters as handlers of events and of acknowledgements.
namespace socketio::detail {

/// An event from the client, as handlers see it.
struct incoming_event {
  std::string_view name;
  std::span<const json_view> values;
  socketio::ack ack;
  /// The text of the packet's JSON array, including the name; empty if there is none, or if the
  /// packet has attachments.
  std::string_view json = {};
};

/// Handles an event. If an argument does not convert to the handler's parameter, returns it, and
/// does not call the handler.
using event_handler = unique_function<std::optional<mismatch>(const incoming_event&)>;

/// Handles an acknowledgement, or its failure; returns like event_handler.
using ack_handler =
    unique_function<std::optional<mismatch>(error_code, std::span<const json_view>)>;

template <class Tuple>
struct first_or_void {
  using type = void;
};
template <class First, class... Rest>
struct first_or_void<std::tuple<First, Rest...>> {
  using type = std::remove_cvref_t<First>;
};

/// Reads the value of one parameter from an event.
template <class Parameter>
struct parameter {
  using value_type = std::remove_cvref_t<Parameter>;
  static constexpr bool is_borrowed = std::same_as<Parameter, const ack&>;
  /// The value until the call; a reference if the event keeps the value.
  using stored_type =
      std::conditional_t<is_borrowed, std::reference_wrapper<const ack>, value_type>;

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

template <class Parameter>
mismatch explain(const incoming_event& event, std::size_t position) {
  using value_type = typename parameter<Parameter>::value_type;
  mismatch wrong{position + 1, expected_type<value_type>(), "nothing"};
  if (position < event.values.size()) wrong.given = misfit<value_type>(event.values[position]);
  return wrong;
}

template <class Function, class... Parameters, std::size_t... Positions>
std::optional<mismatch> call_with(Function& function, const incoming_event& event,
                                  std::tuple<Parameters...>* /*tag*/,
                                  std::index_sequence<Positions...> /*tag*/) {
  std::tuple<std::optional<typename parameter<Parameters>::stored_type>...> values;
  std::optional<mismatch> wrong;
  const bool all_fit =
      ((std::get<Positions>(values) = parameter<Parameters>::read(event, Positions),
        std::get<Positions>(values).has_value() ||
            (wrong = explain<Parameters>(event, Positions), false)) &&
       ...);
  if (all_fit) function(static_cast<Parameters&&>(*std::get<Positions>(values))...);
  return wrong;
}

/// Calls a function with the event's arguments, converted to its parameters. Ignores further
/// arguments, and the function's result; missing arguments are null.
template <class Parameters, class Function>
std::optional<mismatch> call(Function& function, const incoming_event& event) {
  return call_with(function, event, static_cast<Parameters*>(nullptr),
                   std::make_index_sequence<std::tuple_size_v<Parameters>>{});
}

template <class Source>
event_handler make_event_handler(Source&& source) {
  if constexpr (require_event_handler<Source>()) {
    using function_type = std::decay_t<Source>;
    auto function = make_function<function_type>(std::forward<Source>(source));
    return [function = std::move(function)](const incoming_event& event) mutable {
      return call<parameters_of<function_type>>(function, event);
    };
  } else {
    return {};
  }
}

template <class Function, class First, class... Rest>
std::optional<mismatch> call_after_error(Function& function, error_code error,
                                         std::span<const json_view> values,
                                         std::tuple<First, Rest...>* /*tag*/) {
  // Without values, the other parameters have their default values.
  const auto fail = [&](error_code reason) { function(reason, std::remove_cvref_t<Rest>{}...); };
  if (error && values.empty()) {
    fail(error);
    return {};
  }
  auto bound = [&](Rest... rest) { function(error, static_cast<Rest&&>(rest)...); };
  auto wrong = call<std::tuple<Rest...>>(bound, incoming_event{"ack", values, {}});
  if (wrong) fail(error ? error : error_code(error::bad_answer));
  return wrong;
}

/// A function whose first parameter is an error_code is also called for failures, and for values
/// that do not convert to its parameters; any other one only for an acknowledgement that converts.
template <class Source>
ack_handler make_ack_handler(Source&& source) {
  if constexpr (require_ack_handler<Source>()) {
    using function_type = std::decay_t<Source>;
    using parameters = parameters_of<function_type>;
    auto function = make_function<function_type>(std::forward<Source>(source));
    return [function = std::move(function)](error_code error,
                                            std::span<const json_view> values) mutable {
      if constexpr (std::same_as<typename first_or_void<parameters>::type, error_code>) {
        return call_after_error(function, error, values, static_cast<parameters*>(nullptr));
      } else {
        return error ? std::nullopt : call<parameters>(function, incoming_event{"ack", values, {}});
      }
    };
  } else {
    return {};
  }
}

/// Handles all events from a client, or to it.
using any_handler = unique_function<void(std::string_view event, const arguments& values)>;

template <class Source>
any_handler make_any_handler(Source&& source) {
  constexpr bool fits =
      std::is_invocable_v<std::decay_t<Source>&, std::string_view, const arguments&>;
  static_assert(fits,
                "a handler of all events takes the parameters (std::string_view event, "
                "const socketio::arguments& values)");
  if constexpr (fits) {
    return make_function<any_handler>(std::forward<Source>(source));
  } else {
    return {};
  }
}

/// A function to run on a shard.
using task = unique_function<void()>;

template <class Source>
task make_task(Source&& source) {
  constexpr bool fits = std::is_invocable_v<std::decay_t<Source>&>;
  static_assert(fits, "post() takes a function that has no parameters");
  if constexpr (fits) {
    return make_function<task>(std::forward<Source>(source));
  } else {
    return {};
  }
}

}  // namespace socketio::detail
