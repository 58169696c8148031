#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

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

/// The elements of a list that fit their type: of a broadcast's answers those that clients have
/// given rightly.
template <class List>
List fitting_elements(const json_view& list) {
  std::vector<json_view> elements;
  list.elements(elements);
  List fitting;
  for (const auto& element : elements) {
    auto value = read_argument<typename List::value_type>(element);
    if (value) fitting.push_back(std::move(*value));
  }
  return fitting;
}

/// Who is asked for acknowledgements.
enum class asked : std::uint8_t { one, many };

/// Calls a function that takes an error_code first, whatever has happened: parameters for which
/// there is no value are as if made by default.
template <asked Whom, class Function, class First, class... Rest>
void call_with_error(Function& function, error_code failure, std::span<const json_view> values,
                     std::tuple<First, Rest...>* /*tag*/) {
  using rest = std::tuple<std::remove_cvref_t<Rest>...>;
  if (!failure || !values.empty()) {
    auto bound = [&](Rest... all) { function(failure, static_cast<Rest&&>(all)...); };
    if (!call<std::tuple<Rest...>>(bound, incoming_event{"ack", values, {}})) return;
    if (!failure) failure = error::bad_answer;
    if constexpr (Whom == asked::many && sizeof...(Rest) == 1) {
      using list = std::tuple_element_t<0, rest>;
      if constexpr (is_vector<list> && !byte_range<list>) {
        return function(failure, fitting_elements<list>(arguments(values)[0]));
      }
    }
  }
  function(failure, std::remove_cvref_t<Rest>{}...);
}

/// A function that takes an error_code first is told about failures, too; others are called only
/// with an acknowledgement that has come.
template <asked Whom, class Source>
ack_handler make_ack_handler(Source&& source) {
  if constexpr (require_ack_handler<Source>()) {
    using function_type = std::decay_t<Source>;
    using parameters = parameters_of<function_type>;
    auto function = make_function<function_type>(std::forward<Source>(source));
    return [function = std::move(function)](
               error_code failure,
               std::span<const json_view> values) mutable -> std::optional<mismatch> {
      if constexpr (std::same_as<typename first_or_void<parameters>::type, error_code>) {
        call_with_error<Whom>(function, failure, values, static_cast<parameters*>(nullptr));
        return {};
      } else {
        if (failure) return {};
        return call<parameters>(function, incoming_event{"ack", values, {}});
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
