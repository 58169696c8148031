#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/answers.hpp>
#include <socketio/arguments.hpp>
#include <socketio/detail/completion_requirements.hpp>
#include <socketio/handler.hpp>
#include <socketio/prepared_event.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio {

/// How to send an event.
struct emit_flags {
  bool is_volatile = false;  ///< drop it for a client that cannot take it at once
  bool local = false;        ///< to the clients of this process only
  bool compress = true;      ///< where the transport compresses
  std::optional<std::chrono::milliseconds> timeout;  ///< for the acknowledgement
};

/// Completes emit_with_ack(): with all values of the acknowledgement; for a broadcast with the
/// lists of values, of the ids that they come from, and of those that are missing.
using ack_completion = boost::asio::any_completion_handler<void(error_code, json)>;

namespace detail {

/// Whether the last of some arguments is meant to be a completion token.
template <class... Arguments>
consteval bool ends_with_token() {
  if constexpr (sizeof...(Arguments) == 0) {
    return false;
  } else {
    using last = std::tuple_element_t<sizeof...(Arguments) - 1, std::tuple<Arguments...>>;
    return !is_emittable<std::remove_cvref_t<last>>();
  }
}

/// The result of emit_with_ack() if none is named.
struct any_result {};

/// Reads what emit_with_ack() completes with.
template <asked Whom, class Result>
struct answer_reader {
  using value_type = std::conditional_t<std::same_as<Result, any_result>, json, Result>;
  using signature = void(error_code, value_type);
  template <class Token>
  static constexpr bool completes = completes_with<Token, error_code, value_type>;

  template <class Handler>
  static void complete(Handler&& handler, error_code error, const json& values) {
    value_type value{};
    if constexpr (is_std_tuple<value_type>) {
      if (!error &&
          !read_each(value, values, std::make_index_sequence<std::tuple_size_v<Result>>())) {
        error = error::bad_answer;
      }
    } else if (!error && !read_at(value, values, 0)) {
      error = error::bad_answer;
    }
    std::forward<Handler>(handler)(error, std::move(value));
  }

 private:
  template <class Value>
  static bool read_at(Value& value, const json& values, std::size_t position) {
    auto read = position < values.size() ? read_argument<Value>(json_view(values[position]))
                                         : read_argument<Value>(json_view());
    if (read) value = std::move(*read);
    return read.has_value();
  }
  template <std::size_t... Positions>
  static bool read_each(value_type& all, const json& values,
                        std::index_sequence<Positions...> /*tag*/) {
    return (read_at(std::get<Positions>(all), values, Positions) && ...);
  }
};

template <asked Whom>
struct answer_reader<Whom, void> {
  using signature = void(error_code);
  template <class Token>
  static constexpr bool completes = completes_with<Token, error_code>;

  template <class Handler>
  static void complete(Handler&& handler, error_code error, const json& /*values*/) {
    std::forward<Handler>(handler)(error);
  }
};

template <asked Whom, class Result>
requires(Whom != asked::one && !std::is_void_v<Result>) struct answer_reader<Whom, Result> {
  using element = std::conditional_t<std::same_as<Result, any_result>, json, Result>;
  using value_type = broadcast_answers<element>;
  using signature = void(error_code, value_type);
  template <class Token>
  static constexpr bool completes = completes_with<Token, error_code, value_type>;

  template <class Handler>
  static void complete(Handler&& handler, error_code error, const json& lists) {
    std::vector<json_view> views;
    json_view(lists).elements(views);
    auto answers = read_answers<element>(views, error);
    // That some clients fail is no failure of the broadcast.
    std::forward<Handler>(handler)(views.empty() ? error : error_code(), std::move(answers));
  }
};

/// A completion handler that reads the values before it passes them on.
template <class Reader, class Handler>
struct reading_handler {
  Handler handler;

  void operator()(error_code error, const json& values) {
    Reader::complete(std::move(handler), error, values);
  }
};

}  // namespace detail

/// The functions that emit events, for everything that can receive them. Any thread.
///
/// Arguments are strings, numbers, bytes (see binary), json values, or of any type that
/// nlohmann_json converts. The first three may be lists in braces, which become JSON:
/// `emit("login", {{"n", 1}})`. U+FFFD replaces invalid UTF-8.
template <class Target>
class emit_interface {
 public:
  /// Sends an event. What a client has not read yet waits in the server's memory: more than
  /// max_send_queue bytes (16 MiB) disconnect it, also if they are emitted at once and it reads as
  /// fast as it can; see socket::buffered().
  ///
  /// A function as the last argument asks for an acknowledgement: its parameters
  /// are converted from it. If the first of them is an error_code, the function is called exactly
  /// once, also with error::timed_out, error::disconnected, error::dropped or error::bad_answer;
  /// else it is called only when the acknowledgement comes. It runs on the socket's shard. For a
  /// broadcast the function takes an error_code and the list of the clients' first values, or
  /// broadcast_answers; or it is each_answer().
  /// @throws std::invalid_argument for a reserved name (is_reserved_event()), for JSON nested
  /// deeper than max_json_depth, for an empty std::function, and for more than ten binary values,
  /// or max_attachments if that is more: the reference client disconnects when it gets more
  void emit(std::string_view event) const { emit_values(event); }
  template <class First = detail::braces>
  void emit(std::string_view event, First&& first) const {
    emit_values(event, std::forward<First>(first));
  }
  template <class First = detail::braces, class Second = detail::braces>
  void emit(std::string_view event, First&& first, Second&& second) const {
    emit_values(event, std::forward<First>(first), std::forward<Second>(second));
  }
  template <class First = detail::braces, class Second = detail::braces,
            class Third = detail::braces, class... Rest>
  void emit(std::string_view event, First&& first, Second&& second, Third&& third,
            Rest&&... rest) const {
    emit_values(event, std::forward<First>(first), std::forward<Second>(second),
                std::forward<Third>(third), std::forward<Rest>(rest)...);
  }

  /// Sends an event that has been encoded before, and as above asks for an acknowledgement if there
  /// is a function.
  void emit(const prepared_event& event) const {
    const auto& sender = checked(event);
    if constexpr (requires { sender.send_prepared(event); }) {
      sender.send_prepared(event);
    } else {
      sender.send_encoded(event.encoded(), {});
    }
  }
  template <class Callback>
  void emit(const prepared_event& event, Callback&& acknowledged) const {
    constexpr bool is_callback = detail::callback<std::decay_t<Callback>>;
    static_assert(is_callback,
                  "a prepared event has its values: beside it emit() takes only the function for "
                  "the acknowledgement");
    if constexpr (is_callback) {
      checked(event).send_encoded(event.encoded(), detail::make_ack_handler<Target::asks>(
                                                       std::forward<Callback>(acknowledged)));
    }
  }

  /// Sends the event `message`, as the browser client's send() does.
  void send() const { emit("message"); }
  template <class First = detail::braces>
  void send(First&& first) const {
    emit("message", std::forward<First>(first));
  }
  template <class First = detail::braces, class Second = detail::braces>
  void send(First&& first, Second&& second) const {
    emit("message", std::forward<First>(first), std::forward<Second>(second));
  }
  template <class First = detail::braces, class Second = detail::braces,
            class Third = detail::braces, class... Rest>
  void send(First&& first, Second&& second, Third&& third, Rest&&... rest) const {
    emit("message", std::forward<First>(first), std::forward<Second>(second),
         std::forward<Third>(third), std::forward<Rest>(rest)...);
  }

  /// Sends an event and completes with the acknowledgement. `Result` says with what: any type to
  /// which its first value converts; `std::tuple<...>` for several values; `void` for none; json if
  /// it is left out. A broadcast completes with broadcast_answers<Result>, and without an error if
  /// only some of the clients fail: they are named there.
  ///
  /// The last argument is the completion token, with the signature `void(error_code, Result)`: a
  /// function, `boost::asio::use_future`... With a `Result` it may be left out, for
  /// `boost::asio::use_awaitable`: `int sum = co_await socket.emit_with_ack<int>("sum", 1, 2);` The
  /// handler runs on its associated executor, else on the socket's shard; its cancellation slot
  /// ends the wait. Errors: error::timed_out after timeout(), error::disconnected, error::dropped
  /// after volatile_(), error::bad_answer, `boost::asio::error::operation_aborted`.
  template <class Result = detail::any_result>
  auto emit_with_ack(std::string_view event) const {
    return emit_values_with_ack<Result>(event);
  }
  template <class Result = detail::any_result, class First = detail::braces>
  auto emit_with_ack(std::string_view event, First&& first) const {
    return emit_values_with_ack<Result>(event, std::forward<First>(first));
  }
  template <class Result = detail::any_result, class First = detail::braces,
            class Second = detail::braces>
  auto emit_with_ack(std::string_view event, First&& first, Second&& second) const {
    return emit_values_with_ack<Result>(event, std::forward<First>(first),
                                        std::forward<Second>(second));
  }
  template <class Result = detail::any_result, class First = detail::braces,
            class Second = detail::braces, class Third = detail::braces, class... Rest>
  auto emit_with_ack(std::string_view event, First&& first, Second&& second, Third&& third,
                     Rest&&... rest) const {
    return emit_values_with_ack<Result>(event, std::forward<First>(first),
                                        std::forward<Second>(second), std::forward<Third>(third),
                                        std::forward<Rest>(rest)...);
  }
  template <class Result = detail::any_result, class Token = boost::asio::use_awaitable_t<>>
  auto emit_with_ack(const prepared_event& event, Token&& token = {}) const {
    return await_ack<Result, Token>(checked(event), event.encoded(), token);
  }

 private:
  // The sender, if the event fits its receivers.
  [[nodiscard]] decltype(auto) checked(const prepared_event& event) const {
    decltype(auto) sender = static_cast<const Target&>(*this).sender();
    if constexpr (requires { sender.check_event(event.name()); }) sender.check_event(event.name());
    if (!event.encoded().attachments.empty()) sender.check_attachments(event.encoded());
    return sender;
  }

  template <class... Arguments>
  void emit_values(std::string_view event, Arguments&&... values) const {
    constexpr auto count = sizeof...(Arguments);
    auto all = std::forward_as_tuple(std::forward<Arguments>(values)...);
    const auto& sender = static_cast<const Target&>(*this).sender();
    if constexpr (ends_with_visitor<Arguments...>()) {
      static_assert(Target::asks != detail::asked::one,
                    "each_answer() is for broadcasts: one socket has one answer");
      auto encoded = encode(sender, event, all, std::make_index_sequence<count - 1>{});
      sender.send_encoded_to_each(
          std::move(encoded),
          detail::make_answer_handler(std::get<count - 1>(std::move(all)).function));
    } else if constexpr (ends_with_callback<Arguments...>()) {
      auto encoded = encode(sender, event, all, std::make_index_sequence<count - 1>{});
      sender.send_encoded(std::move(encoded), detail::make_ack_handler<Target::asks>(
                                                  std::get<count - 1>(std::move(all))));
    } else {
      sender.send_encoded(encode(sender, event, all, std::make_index_sequence<count>{}), {});
    }
  }

  // Completes with use_awaitable if no token is given.
  template <class Result, class... Arguments>
  auto emit_values_with_ack(std::string_view event, Arguments&&... values) const {
    constexpr bool has_token = detail::ends_with_token<Arguments...>();
    static_assert(has_token || !std::same_as<Result, detail::any_result>,
                  "the last argument has to be a completion token, such as "
                  "boost::asio::use_awaitable, or a function; or name the result, as in "
                  "emit_with_ack<int>()");
    if constexpr (!std::same_as<Result, detail::any_result>) {
      if constexpr (!detail::require_answer_type<Result>()) return;
    }
    if constexpr (has_token) {
      return start_with_ack<Result>(event, std::forward<Arguments>(values)...);
    } else if constexpr (!std::same_as<Result, detail::any_result>) {
      return start_with_ack<Result>(event, std::forward<Arguments>(values)...,
                                    boost::asio::use_awaitable);
    }
  }

  template <class Result, class... Arguments>
  auto start_with_ack(std::string_view event, Arguments&&... values_and_token) const {
    constexpr auto last = sizeof...(Arguments) - 1;
    auto all = std::forward_as_tuple(std::forward<Arguments>(values_and_token)...);
    const auto& sender = static_cast<const Target&>(*this).sender();
    auto encoded = encode(sender, event, all, std::make_index_sequence<last>{});
    return await_ack<Result, std::tuple_element_t<last, decltype(all)>>(sender, std::move(encoded),
                                                                        std::get<last>(all));
  }

  template <class Result, class Token, class Sender>
  static auto await_ack(const Sender& sender, encoded_arguments encoded,
                        std::remove_reference_t<Token>& token) {
    using reader = detail::answer_reader<Target::asks, Result>;
    if constexpr (detail::require_completion_token<Token>()) {
      constexpr bool fits = reader::template completes<Token>;
      static_assert(fits,
                    "a function that completes emit_with_ack() takes (socketio::error_code error, "
                    "socketio::json value), or the type that emit_with_ack<type>() names; of a "
                    "broadcast socketio::broadcast_answers<type>");
      if constexpr (fits) {
        return boost::asio::async_initiate<Token, typename reader::signature>(
            [sender, encoded = std::move(encoded)](auto&& handler) mutable {
              using handler_type = std::decay_t<decltype(handler)>;
              sender.send_encoded_with_ack(
                  std::move(encoded), ack_completion(detail::reading_handler<reader, handler_type>{
                                          std::forward<decltype(handler)>(handler)}));
            },
            token);
      }
    }
  }

  template <class... Arguments>
  static consteval bool ends_with_visitor() {
    if constexpr (sizeof...(Arguments) == 0) {
      return false;
    } else {
      return detail::is_answer_visitor<
          std::decay_t<std::tuple_element_t<sizeof...(Arguments) - 1, std::tuple<Arguments...>>>>;
    }
  }

  template <class... Arguments>
  static consteval bool ends_with_callback() {
    if constexpr (sizeof...(Arguments) == 0) {
      return false;
    } else {
      return detail::callback<
          std::decay_t<std::tuple_element_t<sizeof...(Arguments) - 1, std::tuple<Arguments...>>>>;
    }
  }

  template <class Sender, class... Arguments, std::size_t... Positions>
  static encoded_arguments encode(const Sender& sender, std::string_view event,
                                  std::tuple<Arguments...>& values,
                                  std::index_sequence<Positions...> /*tag*/) {
    detail::check_event_name(event);
    if constexpr (requires { sender.check_event(event); }) sender.check_event(event);
    std::string buffer;
    if constexpr (requires { sender.take_buffer(); }) buffer = sender.take_buffer();
    auto encoded =
        detail::write_event(std::move(buffer), event, std::get<Positions>(std::move(values))...);
    if (!encoded.attachments.empty()) sender.check_attachments(encoded);
    return encoded;
  }
};

}  // namespace socketio

/// A reading_handler has the executor, the allocator and the cancellation slot of its handler.
template <template <class, class> class Associator, class Reader, class Handler, class Default>
struct boost::asio::associator<Associator, socketio::detail::reading_handler<Reader, Handler>,
                               Default> : Associator<Handler, Default> {
  static auto get(const socketio::detail::reading_handler<Reader, Handler>& from) noexcept {
    return Associator<Handler, Default>::get(from.handler);
  }
  static auto get(const socketio::detail::reading_handler<Reader, Handler>& from,
                  const Default& otherwise) noexcept {
    return Associator<Handler, Default>::get(from.handler, otherwise);
  }
};
