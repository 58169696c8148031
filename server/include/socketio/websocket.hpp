#pragma once

#include <any>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/detail/hook.hpp>
#include <socketio/error.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>
#include <socketio/websocket_message.hpp>

namespace boost::asio {
class any_io_executor;
}

/// Native WebSocket (RFC 6455) routes, beside Socket.IO.
namespace socketio::websocket {

namespace detail {
class socket_state;
class endpoint_state;
}  // namespace detail

/// A handle of a native WebSocket connection. You may copy and keep it; after the connection has
/// ended its functions do nothing. Call functions on any thread, except data() and buffered().
class socket {
 public:
  /// No connection: the functions do nothing.
  socket() = default;
  explicit socket(std::shared_ptr<detail::socket_state> target) : state_(std::move(target)) {}

  /// The handshake request.
  [[nodiscard]] const http_request& request() const;
  /// The agreed subprotocol; empty if there is none.
  [[nodiscard]] const std::string& subprotocol() const;
  /// Whether the connection is open.
  [[nodiscard]] bool is_open() const;
  /// The number of unsent bytes. Call it only on the socket's thread.
  [[nodiscard]] std::size_t buffered() const;
  /// The executor of the socket's handlers, which never run two at a time; empty after the server
  /// has been destroyed.
  [[nodiscard]] boost::asio::any_io_executor get_executor() const;

  /// Queues a text message (UTF-8) or a binary one. All messages of one turn of the event loop
  /// leave in one write. A queue above max_send_queue ends the connection.
  void send(std::string_view text) const;
  void send(std::span<const std::byte> bytes) const;
  /// Sends a ping; cuts the payload to 125 bytes.
  void ping(std::string_view payload = {}) const;
  /// Sends the queued messages and a close frame; on_close follows. Sends no code for one that
  /// close frames must not contain.
  void close(close_code code = close_code::normal, std::string_view reason = {}) const;
  /// Ends the connection without a close frame.
  void abort() const;

  /// Starts and stops receiving what is published to a topic of the route. A connection that ends
  /// leaves its topics.
  void subscribe(std::string_view topic) const;
  void unsubscribe(std::string_view topic) const;
  /// Publishes a message to the subscribers of a topic, except this socket.
  void publish(std::string_view topic, std::string_view text) const;
  void publish(std::string_view topic, std::span<const std::byte> bytes) const;

  /// Reads the next message, on a route without on_message and on_part. While unread messages wait,
  /// the server receives no more. Completes with `void(error_code, message)`, on the handler's
  /// associated executor, else on the socket's thread; its cancellation slot ends the wait. Errors:
  /// `boost::asio::error::eof` after the closing handshake, `connection_reset` after any other end,
  /// `in_progress` for a second read() at the same time, `operation_aborted`.
  template <class Token>
  auto read(Token&& token) const {
    return boost::asio::async_initiate<Token, void(error_code, message)>(
        [self = *this](auto&& handler) {
          self.start_read(std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// The application's own data of the connection, created on the first call. Call it only on the
  /// socket's thread.
  /// @throws std::bad_any_cast if it is of another type
  /// @throws std::logic_error for a handle of no connection
  template <class Data>
  [[nodiscard]] Data& data() const {
    auto& slot = user_data();
    if (!slot.has_value()) slot.template emplace<Data>();
    return std::any_cast<Data&>(slot);
  }

  [[nodiscard]] friend bool operator==(const socket&, const socket&) = default;
  /// For hash tables, as std::hash.
  [[nodiscard]] friend std::size_t hash_value(const socket& socket) {
    return std::hash<std::shared_ptr<detail::socket_state>>()(socket.state_);
  }

 private:
  void start_read(boost::asio::any_completion_handler<void(error_code, message)> handler) const;
  [[nodiscard]] std::any& user_data() const;

  std::shared_ptr<detail::socket_state> state_;
};

/// Receives the decision of authorize(); only the first call counts. Any thread.
/// @param refusal nothing to accept the handshake, else the response that refuses it
using authorize_callback = std::function<void(std::optional<http_response> refusal)>;

/// A route: its limits, who may connect, and its handlers, which run on the socket's thread.
struct route {
  /// Largest message in bytes (otherwise 1009), and largest number of its frames (otherwise 1008).
  std::uint64_t max_message_size = 1'000'000;
  std::size_t max_fragments = 16'384;
  /// Largest number of unsent bytes; the server disconnects a peer that reads too slowly.
  std::size_t max_send_queue = 16U << 20U;
  /// The server disconnects a peer that sends nothing for so long; zero for never. It sends a ping
  /// after half of that time, so that only a dead peer is disconnected.
  std::chrono::milliseconds idle_timeout{120'000};
  /// Accepts permessage-deflate (RFC 7692); off by default, because it costs memory and time.
  std::optional<deflate_options> deflate;
  /// The subprotocols, the preferred one first. The server chooses the first that the client
  /// offers.
  std::vector<std::string> subprotocols;
  /// The origins whose pages may connect (otherwise 403): full ones such as `https://example.com`,
  /// or `*` for any; if empty, only the server's own. Clients that send no `Origin` are not
  /// browsers, and may connect.
  std::vector<std::string> origins;
  /// Decides about each handshake, at once or later.
  socketio::detail::hook<void(const http_request& request, authorize_callback decide)> authorize;

  /// The connection has opened.
  socketio::detail::hook<void(socket socket)> on_open;
  /// A whole message has arrived; it is valid during the call.
  socketio::detail::hook<void(socket socket, std::string_view message, bool binary)> on_message;
  /// Instead of on_message: a part of a message has arrived. `last` is true for the end of the
  /// message, which may have no bytes. A part of a compressed message may be as long as
  /// max_message_size.
  socketio::detail::hook<void(socket socket, std::string_view part, bool binary, bool last)>
      on_part;
  /// A ping, which the server has answered, or a pong has arrived.
  socketio::detail::hook<void(socket socket, std::string_view payload)> on_ping;
  socketio::detail::hook<void(socket socket, std::string_view payload)> on_pong;
  /// The network has accepted all unsent bytes.
  socketio::detail::hook<void(socket socket)> on_drain;
  /// Something went wrong; on_close follows.
  socketio::detail::hook<void(socket socket, std::string_view error)> on_error;
  /// The connection has ended; the last call. Code and reason are those received, or those of
  /// close(); close_code::abnormal if there was no close frame.
  socketio::detail::hook<void(socket socket, close_code code, std::string_view reason)> on_close;

  route() = default;
};

/// A handle of a route's connections. You may copy and keep it; after the server has been destroyed
/// its functions do nothing. Any thread.
class endpoint {
 public:
  /// No route: the functions do nothing.
  endpoint() = default;
  explicit endpoint(std::shared_ptr<detail::endpoint_state> target) : state_(std::move(target)) {}

  /// Publishes a message to the subscribers of a topic. Frames and compresses it once.
  void publish(std::string_view topic, std::string_view text) const;
  void publish(std::string_view topic, std::span<const std::byte> bytes) const;
  /// The number of open connections.
  [[nodiscard]] std::size_t sockets_count() const;

 private:
  std::shared_ptr<detail::endpoint_state> state_;
};

}  // namespace socketio::websocket

template <>
struct std::hash<socketio::websocket::socket> {
  std::size_t operator()(const socketio::websocket::socket& socket) const {
    return hash_value(socket);
  }
};
