#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <chrono>
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

/// How events are sent.
struct emit_flags {
  bool is_volatile = false;  ///< dropped for a client that cannot take it at once
  bool local = false;        ///< to the clients of this process only
  std::optional<std::chrono::milliseconds> timeout;  ///< for the acknowledgement
};

/// Completes emit_with_ack().
using ack_completion = boost::asio::any_completion_handler<void(error_code, json)>;

namespace detail {

template <class T>
concept ack_function = typed_function<std::decay_t<T>>;

}  // namespace detail

/// The ways to emit events, for everything that events can be sent to. Any thread.
///
/// Arguments may be of any type that nlohmann_json converts, strings, numbers, bytes (see binary)
/// and json values. What is not valid UTF-8 is replaced by U+FFFD.
template <class Target>
class emit_interface {
 public:
  /// Sends an event. A function as the last argument asks for an acknowledgement: its parameters
  /// are converted from it. If the first of them is an error_code, the function is called exactly
  /// once, also with error::timed_out, error::disconnected, error::dropped or error::bad_answer;
  /// else it is called only when the acknowledgement comes. It runs on the socket's shard. For a
  /// broadcast the function takes an error_code and the list of the clients' first values.
  /// @throws std::invalid_argument for a reserved name (is_reserved_event()), for JSON nested
  /// deeper than max_json_depth, and for more than ten binary values, or max_attachments if that
  /// is more: the reference client disconnects when it gets more
  template <class... Arguments>
  void emit(std::string_view event, Arguments&&... values) const {
    auto all = std::forward_as_tuple(std::forward<Arguments>(values)...);
    if constexpr (last_is<detail_ack_function, Arguments...>()) {
      constexpr auto last = sizeof...(Arguments) - 1;
      emit_encoded(
          encode(event, all, std::make_index_sequence<last>{}),
          detail::make_ack_handler<std::decay_t<std::tuple_element_t<last, decltype(all)>>>(
              std::get<last>(std::move(all))));
    } else {
      emit_encoded(encode(event, all, std::index_sequence_for<Arguments...>{}), {});
    }
  }

  /// Sends the event `message`, as in the browser.
  template <class... Arguments>
  void send(Arguments&&... values) const {
    emit("message", std::forward<Arguments>(values)...);
  }

  /// Sends an event and completes with the first value of the acknowledgement; for a broadcast with
  /// an array of the clients' values. The last argument is the completion token, with the signature
  /// `void(error_code, json)`: a function, `boost::asio::use_awaitable`,
  /// `boost::asio::use_future`... The handler runs on its associated executor, else on the socket's
  /// shard; its cancellation slot ends the waiting. Errors: error::timed_out after timeout(),
  /// error::disconnected, error::dropped after volatile_(),
  /// `boost::asio::error::operation_aborted`.
  template <class... Arguments>
  auto emit_with_ack(std::string_view event, Arguments&&... values_and_token) const {
    static_assert(sizeof...(Arguments) > 0, "the last argument has to be a completion token");
    constexpr auto last = sizeof...(Arguments) - 1;
    auto all = std::forward_as_tuple(std::forward<Arguments>(values_and_token)...);
    using token_type = std::tuple_element_t<last, decltype(all)>;
    return boost::asio::async_initiate<token_type, void(error_code, json)>(
        [target = static_cast<const Target&>(*this),
         encoded = encode(event, all, std::make_index_sequence<last>{})](auto&& handler) mutable {
          target.emit_encoded_with_ack(std::move(encoded),
                                       ack_completion(std::forward<decltype(handler)>(handler)));
        },
        std::get<last>(all));
  }

  [[nodiscard]] friend bool operator==(const emit_interface&, const emit_interface&) = default;

 private:
  template <class T>
  struct detail_ack_function : std::bool_constant<detail::ack_function<T>> {};

  template <template <class> class Predicate, class... Types>
  static constexpr bool last_is() {
    if constexpr (sizeof...(Types) == 0) {
      return false;
    } else {
      return Predicate<
          std::decay_t<std::tuple_element_t<sizeof...(Types) - 1, std::tuple<Types...>>>>::value;
    }
  }

  template <class Tuple, std::size_t... Positions>
  encoded_arguments encode(std::string_view event, const Tuple& values,
                           std::index_sequence<Positions...> /*tag*/) const {
    if (is_reserved_event(event)) {
      throw std::invalid_argument("\"" + std::string(event) + "\" is a reserved event name");
    }
    encoded_arguments encoded;
    if constexpr (requires(const Target& target) { target.take_buffer(); }) {
      encoded.json = static_cast<const Target&>(*this).take_buffer();
    }
    detail::append_arguments(encoded, event, std::get<Positions>(values)...);
    if (!encoded.attachments.empty()) static_cast<const Target&>(*this).check_attachments(encoded);
    return encoded;
  }

  void emit_encoded(encoded_arguments encoded, detail::ack_handler acknowledged) const {
    static_cast<const Target&>(*this).emit_encoded(std::move(encoded), std::move(acknowledged));
  }
};

}  // namespace socketio
