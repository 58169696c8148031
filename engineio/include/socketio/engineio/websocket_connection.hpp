#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/engineio/message.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>

namespace socketio::engineio {

/// The settings of a WebSocket connection.
struct websocket_settings {
  std::uint64_t max_message_size = 1'000'000;  ///< bytes of a received message, after inflating
  std::size_t max_fragments = 16'384;          ///< frames of one received message
  std::size_t max_send_queue = 16U << 20U;     ///< unsent bytes
  bool streamed = false;                       ///< call handle_part() instead of handle_message()
  /// How long nothing follows the handshake's response.
  std::chrono::milliseconds quiet_time{0};
  /// The agreed parameters of permessage-deflate; nothing for no compression.
  std::optional<websocket::deflate_options> deflate;

  websocket_settings() = default;
};

/// Receives the events of a WebSocket connection, on the connection's shard.
class websocket_handler {
 public:
  /// A whole message has arrived.
  virtual void handle_message(received_message message) = 0;
  /// If messages are streamed, a part of one has arrived; it is valid during the call.
  virtual void handle_part(std::string_view /*part*/, bool /*binary*/, bool /*last*/) {}
  /// A ping has arrived, which the connection has answered, or a pong.
  virtual void handle_ping(std::string_view /*payload*/) {}
  virtual void handle_pong(std::string_view /*payload*/) {}
  /// The network has accepted all unsent bytes; only after websocket_connection::tell_drain().
  virtual void handle_drain() {}
  /// The connection has ended; the last call.
  /// @param code as received; close_code::abnormal if there was no close frame
  /// @param reason as received
  /// @param error what went wrong, empty if the closing was clean
  virtual void handle_close(websocket::close_code code, std::string_view reason,
                            std::string_view error) = 0;

 protected:
  ~websocket_handler() = default;
};

/// A WebSocket connection, message by message. The engine's host implements it.
/// Use it only on its shard.
class websocket_connection {
 public:
  virtual ~websocket_connection() = default;
  websocket_connection(const websocket_connection&) = delete;
  websocket_connection& operator=(const websocket_connection&) = delete;

  /// Sets the handler; null for none. The handler has to live until it is replaced, or until
  /// handle_close().
  virtual void set_handler(websocket_handler* handler) = 0;
  /// From now on calls handle_drain().
  virtual void tell_drain() = 0;

  /// Queues a message of two parts, head and body. All messages of one turn of the event loop leave
  /// in one write. After the end of the connection it does nothing. A queue beyond max_send_queue
  /// ends the connection, after the caller has returned to the event loop.
  virtual void send(websocket::opcode code, std::string_view head, std::string_view body) = 0;
  /// Queues a message as above, but moves a long body instead of copying it.
  virtual void send_moved(websocket::opcode code, std::string_view head, std::string&& body) = 0;
  /// Queues a message as above, but shares a long body.
  virtual void send_shared(websocket::opcode code, std::string_view head,
                           const shared_bytes& body) = 0;
  /// Queues a message that many receive.
  virtual void send(const shared_message& message) = 0;

  /// Sends the queue and a close frame, and ends the connection when the peer has answered, or
  /// after a short time. Does not call handle_close().
  virtual void close(websocket::close_code code, std::string_view reason = {}) = 0;

  /// Ends the connection at once. Calls handle_close() with the error after the caller has returned
  /// to the event loop.
  virtual void abort(std::string_view error) = 0;

  /// Pauses and resumes receiving: the peer has to wait. Also holds back messages that have already
  /// arrived.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Whether anything has arrived from the peer since the last call.
  [[nodiscard]] virtual bool take_heard() = 0;
  /// Whether the network has accepted everything sent so far.
  [[nodiscard]] virtual bool writable() const = 0;
  /// The number of unsent bytes.
  [[nodiscard]] virtual std::size_t buffered() const = 0;

 protected:
  websocket_connection() = default;
};

}  // namespace socketio::engineio
