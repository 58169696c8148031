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

class socket_state;
class endpoint_state;

/// A native WebSocket connection: a handle that may be copied and kept, also after the connection's
/// end, when its functions do nothing, but not after the server is destroyed. All functions may be
/// called on any thread, but for data() and buffered().
class socket {
 public:
  explicit socket(std::shared_ptr<socket_state> target) : state_(std::move(target)) {}

  /// The handshake request.
  [[nodiscard]] const http_request& request() const;
  /// The subprotocol agreed on; empty if none.
  [[nodiscard]] const std::string& subprotocol() const;
  /// Whether the connection is open.
  [[nodiscard]] bool is_open() const;
  /// Bytes that wait for the peer to read; on the socket's thread.
  [[nodiscard]] std::size_t buffered() const;
  /// Where the socket's handlers run, never two at a time.
  [[nodiscard]] boost::asio::any_io_executor get_executor() const;

  /// Queues a text message (UTF-8) or a binary one. Everything queued in one turn of the event loop
  /// leaves in one write. A queue above max_send_queue ends the connection.
  void send(std::string_view text) const;
  void send(std::span<const std::byte> bytes) const;
  /// Sends a ping, with at most 125 bytes; what is longer is cut.
  void ping(std::string_view payload = {}) const;
  /// Sends a close frame after what has been queued; on_close follows. A code that may not stand in
  /// a frame is sent as none.
  void close(close_code code = close_code::normal, std::string_view reason = {}) const;
  /// Ends the connection without a close frame.
  void abort() const;

  /// Receives what is published to a topic of the route from now on, or no more. A connection that
  /// ends leaves its topics.
  void subscribe(std::string_view topic) const;
  void unsubscribe(std::string_view topic) const;
  /// Publishes to the subscribers of a topic, but not to this socket.
  void publish(std::string_view topic, std::string_view text) const;
  void publish(std::string_view topic, std::span<const std::byte> bytes) const;

  /// Reads the next message, on a route without on_message and on_part: those that nobody reads yet
  /// wait, and while they do, no more is received. Completes with `void(error_code, message)`, on
  /// the handler's associated executor, else on the socket's thread; its cancellation slot ends the
  /// reading. Errors: `boost::asio::error::eof` after the closing handshake, `connection_reset`
  /// after another end, `in_progress` for a second read() at the same time, `operation_aborted`.
  template <class Token>
  auto read(Token&& token) const {
    return boost::asio::async_initiate<Token, void(error_code, message)>(
        [self = *this](auto&& handler) {
          self.start_read(std::forward<decltype(handler)>(handler));
        },
        token);
  }

  /// The application's own data of the connection, made when first asked for; on the socket's
  /// thread. @throws std::bad_any_cast if it is of another type
  template <class Data>
  [[nodiscard]] Data& data() const {
    auto& slot = user_data();
    if (!slot.has_value()) slot.template emplace<Data>();
    return std::any_cast<Data&>(slot);
  }

  [[nodiscard]] friend bool operator==(const socket&, const socket&) = default;

 private:
  void start_read(boost::asio::any_completion_handler<void(error_code, message)> handler) const;
  [[nodiscard]] std::any& user_data() const;

  std::shared_ptr<socket_state> state_;
};

/// Takes the decision of authorize(); only the first call counts. Any thread.
/// @param refusal the response that refuses the handshake; nothing accepts it
using authorize_callback = std::function<void(std::optional<http_response> refusal)>;

/// A route: its limits, who may connect, and what is called, on the socket's thread.
struct route {
  /// Largest message in bytes (1009 else), and most frames that one may come in (1008 else).
  std::uint64_t max_message_size = 1'000'000;
  std::size_t max_fragments = 16'384;
  /// Bytes that may wait for a peer to read them; one that reads slower is disconnected.
  std::size_t max_send_queue = 16U << 20U;
  /// A peer that sends nothing for so long is disconnected; zero: never. A silent one is sent a
  /// ping when half of it has passed, so that only a dead one goes.
  std::chrono::milliseconds idle_timeout{120'000};
  /// Offers permessage-deflate (RFC 7692); off by default, since it costs memory and time.
  std::optional<deflate_options> deflate;
  /// The subprotocols spoken, the preferred one first: the first that the client offers is chosen.
  std::vector<std::string> subprotocols;
  /// The origins that a browser's page may come from (403 else): full ones such as
  /// `https://example.com`, or `*` for any. Empty: only pages from the server itself. A client
  /// without an `Origin` is none of a browser.
  std::vector<std::string> origins;
  /// Decides about each handshake, at once or later.
  detail::hook<void(const http_request& request, authorize_callback decide)> authorize;

  /// The connection is open.
  detail::hook<void(socket socket)> on_open;
  /// A whole message, valid during the call.
  detail::hook<void(socket socket, std::string_view message, bool binary)> on_message;
  /// Instead of on_message: each message in parts, as they arrive; `last` is true with the end of
  /// the message, also if that brings no more bytes. A part of a compressed message may be as long
  /// as max_message_size.
  detail::hook<void(socket socket, std::string_view part, bool binary, bool last)> on_part;
  /// Control frames; pings have been answered already.
  detail::hook<void(socket socket, std::string_view payload)> on_ping;
  detail::hook<void(socket socket, std::string_view payload)> on_pong;
  /// Everything that waited has been sent.
  detail::hook<void(socket socket)> on_drain;
  /// What went wrong, before on_close.
  detail::hook<void(socket socket, std::string_view error)> on_error;
  /// The connection has ended, the last call: with the code and the reason received, or those of
  /// the socket's own close(); close_code::abnormal if there was no close frame.
  detail::hook<void(socket socket, close_code code, std::string_view reason)> on_close;

  route() = default;
};

/// The connections of a route. A handle that may be copied, and used as long as the server lives.
/// Any thread.
class endpoint {
 public:
  explicit endpoint(std::shared_ptr<endpoint_state> target) : state_(std::move(target)) {}

  /// Publishes to the subscribers of a topic. The message is framed, and compressed, once.
  void publish(std::string_view topic, std::string_view text) const;
  void publish(std::string_view topic, std::span<const std::byte> bytes) const;
  /// How many connections are open.
  [[nodiscard]] std::size_t sockets_count() const;

 private:
  std::shared_ptr<endpoint_state> state_;
};

}  // namespace socketio::websocket
