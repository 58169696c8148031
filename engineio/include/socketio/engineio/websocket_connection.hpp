#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/engineio/message.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>

namespace socketio::engineio {

/// How a WebSocket connection is used.
struct websocket_settings {
  std::uint64_t max_message_size = 1'000'000;  ///< bytes, received; compressed ones when inflated
  std::size_t max_fragments = 16'384;          ///< frames that one message may come in
  std::size_t max_send_queue = 16U << 20U;     ///< bytes that wait for the peer to read
  bool streamed = false;                       ///< messages are handed out in parts
  bool drain_told = false;                     ///< handle_drain() is called
  /// What has been agreed on permessage-deflate; nothing: no compression.
  std::optional<websocket::deflate_options> deflate;

  websocket_settings() = default;
};

/// Receives what happens on a WebSocket connection, on the connection's shard.
class websocket_handler {
 public:
  /// A whole message.
  virtual void handle_message(received_message message) = 0;
  /// Instead, if messages are streamed: a part of one, valid during the call.
  virtual void handle_part(std::string_view /*part*/, bool /*binary*/, bool /*last*/) {}
  /// A ping, which has been answered, or a pong.
  virtual void handle_ping(std::string_view /*payload*/) {}
  virtual void handle_pong(std::string_view /*payload*/) {}
  /// The network has accepted everything that waited, if settings ask for being told.
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

/// A WebSocket connection, message by message. Whoever hosts the engine implements it.
/// Used on its shard only.
class websocket_connection {
 public:
  virtual ~websocket_connection() = default;
  websocket_connection(const websocket_connection&) = delete;
  websocket_connection& operator=(const websocket_connection&) = delete;

  /// Sets who receives; null for nobody. The handler has to live until it is replaced or
  /// handle_close().
  virtual void set_handler(websocket_handler* handler) = 0;

  /// Queues a message of two parts, head and body. Everything queued in one turn of the event loop
  /// leaves in one write. After the end of the connection it does nothing. A queue that outgrows
  /// max_send_queue ends the connection, not before the caller has returned to the event loop.
  virtual void send(websocket::opcode code, std::string_view head, std::string_view body) = 0;
  /// The same, but a long body is taken over instead of copied, and left empty.
  virtual void send_moved(websocket::opcode code, std::string_view head, std::string&& body) = 0;
  /// Queues a message that many receive.
  virtual void send(const shared_message& message) = 0;

  /// Sends what is queued and a close frame, and ends the connection when the peer has answered, at
  /// the latest after a short while. handle_close() is not called any more.
  virtual void close(websocket::close_code code, std::string_view reason = {}) = 0;

  /// Ends the connection at once. handle_close() is called with the error, not before the caller
  /// has returned to the event loop.
  virtual void abort(std::string_view error) = 0;

  /// Stops receiving, and goes on: the peer has to wait meanwhile. Messages that have been received
  /// already are handed out later, too.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Whether anything has come from the peer since the last call.
  [[nodiscard]] virtual bool take_heard() = 0;
  /// Whether everything sent so far has been accepted by the network.
  [[nodiscard]] virtual bool writable() const = 0;
  /// Bytes that wait for the peer to read.
  [[nodiscard]] virtual std::size_t buffered() const = 0;

 protected:
  websocket_connection() = default;
};

}  // namespace socketio::engineio
