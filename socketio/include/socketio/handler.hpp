#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/ack.hpp>
#include <socketio/answers.hpp>
#include <socketio/arguments.hpp>
#include <socketio/detail/handler_requirements.hpp>
#include <socketio/detail/mismatch.hpp>
#include <socketio/detail/typed_function.hpp>
#include <socketio/detail/unique_function.hpp>
#include <socketio/error.hpp>

/// Functions with typed parameters as handlers of events and of acknowledgements.
namespace socketio::detail {

/// Runs coroutines for whoever has an event: a socket, or a namespace. Use it only on its shard.
class coroutine_host {
 public:
  /// Starts a coroutine at once. Reports its exception, if it ends with one.
  /// @param where what it is, for example `event`, and `event` the event's name
  virtual void start(boost::asio::awaitable<void> coroutine, std::string_view where,
                     std::string_view event) = 0;

 protected:
  coroutine_host() = default;
  ~coroutine_host() = default;
  coroutine_host(const coroutine_host&) = default;
  coroutine_host& operator=(const coroutine_host&) = default;
};

/// An event from the client, as handlers see it.
struct incoming_event {
  std::string_view name;
  std::span<const json_view> values;
  socketio::ack ack;
  /// The text of the packet's JSON array, including the name; empty if there is none.
  std::string_view json = {};
  /// Who runs the handlers that are coroutines.
  coroutine_host* host = nullptr;
  /// The bytes of the text's placeholders.
  std::span<const shared_bytes> attachments = {};
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
      if (event.json.empty() || !event.attachments.empty()) return std::nullopt;
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

template <class... Parameters>
using parameter_values = std::tuple<std::optional<typename parameter<Parameters>::stored_type>...>;

/// Reads the values of all parameters; returns the first one that does not fit.
template <class... Parameters, std::size_t... Positions>
std::optional<mismatch> read_values(parameter_values<Parameters...>& values,
                                    const incoming_event& event, std::tuple<Parameters...>* /*tag*/,
                                    std::index_sequence<Positions...> /*tag*/) {
  std::optional<mismatch> wrong;
  static_cast<void>(((std::get<Positions>(values) = parameter<Parameters>::read(event, Positions),
                      std::get<Positions>(values).has_value() ||
                          (wrong = explain<Parameters>(event, Positions), false)) &&
                     ...));
  return wrong;
}

template <class Function, class... Parameters, std::size_t... Positions>
decltype(auto) call_with(Function& function, parameter_values<Parameters...>& values,
                         std::tuple<Parameters...>* /*tag*/,
                         std::index_sequence<Positions...> /*tag*/) {
  return function(static_cast<Parameters&&>(*std::get<Positions>(values))...);
}

/// What becomes of a function's result.
enum class result_use : std::uint8_t { ignored, acknowledges };

/// Calls a function with the event's arguments, converted to its parameters. Ignores further
/// arguments; missing arguments are null.
template <result_use Use, class... Parameters, class Function>
std::optional<mismatch> call(Function& function, const incoming_event& event,
                             std::tuple<Parameters...>* tag) {
  constexpr std::index_sequence_for<Parameters...> positions;
  parameter_values<Parameters...> values;
  auto wrong = read_values(values, event, tag, positions);
  if (wrong) return wrong;
  if constexpr (Use == result_use::ignored ||
                std::is_void_v<decltype(call_with(function, values, tag, positions))>) {
    static_cast<void>(call_with(function, values, tag, positions));
  } else {
    acknowledge_with(event.ack, call_with(function, values, tag, positions));
  }
  return wrong;
}
template <class Parameters, result_use Use = result_use::ignored, class Function>
std::optional<mismatch> call(Function& function, const incoming_event& event) {
  return call<Use>(function, event, static_cast<Parameters*>(nullptr));
}

/// A handler that is a coroutine. It keeps the function and the values: they have to live as long
/// as the coroutine, also when the handler has been removed.
template <class Function, class Result, class... Parameters>
boost::asio::awaitable<void> run_coroutine(std::shared_ptr<Function> function,
                                           parameter_values<Parameters...> values, ack reply,
                                           std::tuple<Parameters...>* tag,
                                           std::type_identity<Result> /*tag*/) {
  // In statements of their own: g++ 12 destroys temporaries of co_await expressions twice.
  auto running = call_with(*function, values, tag, std::index_sequence_for<Parameters...>{});
  if constexpr (std::is_void_v<Result>) {
    co_await std::move(running);
  } else {
    auto result = co_await std::move(running);
    acknowledge_with(reply, result);
  }
}

template <class Function, class Result, class... Parameters>
std::optional<mismatch> start_coroutine(const std::shared_ptr<Function>& function,
                                        const incoming_event& event, std::tuple<Parameters...>* tag,
                                        std::type_identity<Result> result) {
  parameter_values<Parameters...> values;
  auto wrong = read_values(values, event, tag, std::index_sequence_for<Parameters...>{});
  if (!wrong) {
    event.host->start(run_coroutine(function, std::move(values), event.ack, tag, result), "event",
                      event.name);
  }
  return wrong;
}

template <class Source>
event_handler make_event_handler(Source&& source) {
  if constexpr (require_event_handler<Source>()) {
    using function_type = std::decay_t<Source>;
    using result_type = std::remove_cvref_t<result_of<function_type>>;
    if constexpr (is_awaitable<result_type>) {
      auto function = share_function(std::forward<Source>(source));
      return [function = std::move(function)](const incoming_event& event) {
        return start_coroutine(
            function, event, static_cast<owned_parameters<parameters_of<function_type>>*>(nullptr),
            std::type_identity<awaited<result_type>>());
      };
    } else {
      auto function = make_function<function_type>(std::forward<Source>(source));
      return [function = std::move(function)](const incoming_event& event) mutable {
        return call<parameters_of<function_type>, result_use::acknowledges>(function, event);
      };
    }
  } else {
    return {};
  }
}

/// Reads the answers of a broadcast from three lists: the values, the ids that they come from, and
/// the ids that are missing.
template <class Value>
broadcast_answers<Value> read_answers(std::span<const json_view> lists, error_code error) {
  broadcast_answers<Value> answers;
  answers.error = error;
  if (lists.size() < 3) return answers;
  const auto id_of = [](const json_view& id) {
    return std::string(id.string().value_or(std::string_view{}));
  };
  std::vector<json_view> values;
  std::vector<json_view> ids;
  lists[0].elements(values);
  lists[1].elements(ids);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (auto value = read_argument<Value>(values[i])) {
      answers.received.push_back({id_of(ids[i]), std::move(*value)});
    } else {
      answers.missing.push_back(id_of(ids[i]));
      if (!answers.error) answers.error = error::bad_answer;
    }
  }
  lists[2].elements(ids);
  for (const auto& id : ids) answers.missing.push_back(id_of(id));
  return answers;
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
enum class asked : std::uint8_t {
  one,      ///< a client
  many,     ///< clients
  servers,  ///< the other servers of the cluster
};

/// Calls a function that takes an error_code first, whatever has happened: parameters for which
/// there is no value are as if made by default.
template <asked Whom, class Function, class First, class... Rest>
void call_with_error(Function& function, error_code failure, std::span<const json_view> values,
                     std::tuple<First, Rest...>* /*tag*/) {
  using first = typename first_or_void<std::tuple<Rest...>>::type;
  if constexpr (is_broadcast_answers<first>) {
    function(failure, read_answers<answer_value<first>>(values, failure));
  } else {
    if constexpr (Whom != asked::one) {
      values = values.first(std::min(values.size(), std::size_t{1}));
    }
    if (!failure || !values.empty()) {
      auto bound = [&](Rest... all) { function(failure, static_cast<Rest&&>(all)...); };
      if (!call<std::tuple<Rest...>>(bound, incoming_event{"ack", values, {}})) return;
      if (!failure) failure = error::bad_answer;
      if constexpr (Whom != asked::one && sizeof...(Rest) == 1 && is_vector<first> &&
                    !byte_range<first>) {
        return function(failure, fitting_elements<first>(arguments(values)[0]));
      }
    }
    function(failure, std::remove_cvref_t<Rest>{}...);
  }
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

/// Handles the answer of one client of a broadcast, or its failure.
using answer_handler =
    unique_function<void(std::string_view id, error_code error, std::span<const json_view> values)>;

template <class Function, class Id, class... Parameters>
void answer_with(Function& function, std::string_view id, error_code failure,
                 std::span<const json_view> values, std::tuple<Id, Parameters...>* /*tag*/) {
  auto bound = [&](Parameters... all) { function(id, static_cast<Parameters&&>(all)...); };
  call_with_error<asked::one>(bound, failure, values,
                              static_cast<std::tuple<Parameters...>*>(nullptr));
}

template <class Source>
answer_handler make_answer_handler(Source&& source) {
  if constexpr (require_answer_visitor<Source>()) {
    using function_type = std::decay_t<Source>;
    auto function = make_function<function_type>(std::forward<Source>(source));
    return [function = std::move(function)](std::string_view id, error_code failure,
                                            std::span<const json_view> values) mutable {
      answer_with(function, id, failure, values,
                  static_cast<parameters_of<function_type>*>(nullptr));
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
