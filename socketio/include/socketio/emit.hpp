#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
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

#include <socketio/arguments.hpp>
#include <socketio/handler.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio {

/// How to send an event.
struct emit_flags {
  bool is_volatile = false;  ///< drop it for a client that cannot take it at once
  bool local = false;        ///< to the clients of this process only
  std::optional<std::chrono::milliseconds> timeout;  ///< for the acknowledgement
};

/// Completes emit_with_ack().
using ack_completion = boost::asio::any_completion_handler<void(error_code, json)>;

namespace detail {

/// Requirements on completion tokens.
template <class Token>
consteval bool require_completion_token() {
  using token = std::decay_t<Token>;
  static_assert(!is_emittable<token>(),
                "the last argument has to be a completion token, such as "
                "boost::asio::use_awaitable, or a function");
  if constexpr (typed_function<token>) {
    constexpr bool is_coroutine = coroutine_result<std::remove_cvref_t<result_of<token>>>;
    static_assert(!is_coroutine,
                  "a handler may not be a coroutine yet; start one with boost::asio::co_spawn");
    return !is_coroutine;
  }
  return !is_emittable<token>();
}
/// Whether a completion token, if it is a function, can be called with the results.
template <class Token, class... Results>
concept completes_with =
    !typed_function<std::decay_t<Token>> || std::invocable<std::decay_t<Token>, Results...>;

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
  /// broadcast the function takes an error_code and the list of the clients' first values.
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

  /// Sends an event and completes with the first value of the acknowledgement; for a broadcast with
  /// an array of the clients' values. The last argument is the completion token, with the signature
  /// `void(error_code, json)`: a function, `boost::asio::use_awaitable`,
  /// `boost::asio::use_future`... The handler runs on its associated executor, else on the socket's
  /// shard; its cancellation slot ends the wait. Errors: error::timed_out after timeout(),
  /// error::disconnected, error::dropped after volatile_(),
  /// `boost::asio::error::operation_aborted`.
  template <class Token = detail::braces>
  auto emit_with_ack(std::string_view event, Token&& token) const {
    return emit_values_with_ack(event, std::forward<Token>(token));
  }
  template <class First = detail::braces, class Token = detail::braces>
  auto emit_with_ack(std::string_view event, First&& first, Token&& token) const {
    return emit_values_with_ack(event, std::forward<First>(first), std::forward<Token>(token));
  }
  template <class First = detail::braces, class Second = detail::braces,
            class Third = detail::braces, class... Rest>
  auto emit_with_ack(std::string_view event, First&& first, Second&& second, Third&& third,
                     Rest&&... rest_and_token) const {
    return emit_values_with_ack(event, std::forward<First>(first), std::forward<Second>(second),
                                std::forward<Third>(third), std::forward<Rest>(rest_and_token)...);
  }
  /// Without a token, this does not compile.
  template <class Event = std::string_view>
  void emit_with_ack(Event /*event*/) const {
    static_assert(!std::same_as<Event, Event>,
                  "the last argument has to be a completion token, such as "
                  "boost::asio::use_awaitable, or a function");
  }

 private:
  template <class... Arguments>
  void emit_values(std::string_view event, Arguments&&... values) const {
    constexpr auto count = sizeof...(Arguments);
    auto all = std::forward_as_tuple(std::forward<Arguments>(values)...);
    const auto& sender = static_cast<const Target&>(*this).sender();
    if constexpr (ends_with_callback<Arguments...>()) {
      auto encoded = encode(sender, event, all, std::make_index_sequence<count - 1>{});
      sender.send_encoded(std::move(encoded), detail::make_ack_handler<Target::asks>(
                                                  std::get<count - 1>(std::move(all))));
    } else {
      sender.send_encoded(encode(sender, event, all, std::make_index_sequence<count>{}), {});
    }
  }

  template <class... Arguments>
  auto emit_values_with_ack(std::string_view event, Arguments&&... values_and_token) const {
    constexpr auto last = sizeof...(Arguments) - 1;
    auto all = std::forward_as_tuple(std::forward<Arguments>(values_and_token)...);
    using token_type = std::tuple_element_t<last, decltype(all)>;
    if constexpr (detail::require_completion_token<token_type>()) {
      constexpr bool fits = detail::completes_with<token_type, error_code, json>;
      static_assert(fits,
                    "a function that completes emit_with_ack() takes (socketio::error_code error, "
                    "socketio::json value)");
      if constexpr (fits) {
        auto sender = static_cast<const Target&>(*this).sender();
        auto encoded = encode(sender, event, all, std::make_index_sequence<last>{});
        return boost::asio::async_initiate<token_type, void(error_code, json)>(
            [sender = std::move(sender), encoded = std::move(encoded)](auto&& handler) mutable {
              sender.send_encoded_with_ack(
                  std::move(encoded), ack_completion(std::forward<decltype(handler)>(handler)));
            },
            std::get<last>(all));
      }
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
                                  const std::tuple<Arguments...>& values,
                                  std::index_sequence<Positions...> /*tag*/) {
    if (is_reserved_event(event)) {
      throw std::invalid_argument("\"" + std::string(event) + "\" is a reserved event name");
    }
    encoded_arguments encoded;
    if constexpr ((detail::require_emittable<std::remove_cvref_t<
                       std::tuple_element_t<Positions, std::tuple<Arguments...>>>>() &&
                   ...)) {
      if constexpr (requires { sender.take_buffer(); }) encoded.json = sender.take_buffer();
      detail::append_arguments(encoded, event, detail::written(std::get<Positions>(values))...);
    }
    if (!encoded.attachments.empty()) sender.check_attachments(encoded);
    return encoded;
  }
};

}  // namespace socketio
