#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/engineio_codec.hpp>

namespace socketio::engineio {

/// Receives what a transport brings, on the session's shard: a session, or its upgrade.
class transport_handler {
 public:
  /// The session's revision of the protocol.
  [[nodiscard]] virtual const engineio::codec& codec() const = 0;
  /// A packet has arrived; it is valid during the call.
  /// @param message the packet's data
  virtual void handle_packet(const packet& received, received_message message) = 0;
  /// The network has accepted all that was sent; only needed after transport::tell_drain().
  virtual void handle_drain() = 0;
  /// The transport has failed, or the client has closed it; the last call.
  virtual void handle_end(std::string_view reason, std::string_view description) = 0;
  /// The client has got the notice of closing, or will not get it; the last call.
  virtual void handle_closed() = 0;

 protected:
  ~transport_handler() = default;
};

/// A transport carries the packets of one session (Engine.IO protocol, "Transports"). Use it only
/// on the session's shard. Functions may call the handler, which may destroy the transport only by
/// moving to another one.
class transport {
 public:
  virtual ~transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// The name in the query's parameter `transport`: a string literal.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Whether a session may move from it to another transport.
  [[nodiscard]] virtual bool can_upgrade() const { return false; }
  /// Whether it would take a message at once.
  [[nodiscard]] virtual bool writable() const = 0;
  /// Bytes that wait for the client.
  [[nodiscard]] virtual std::size_t buffered() const = 0;

  /// Sets the handler; null for none. It has to live until it is replaced.
  virtual void set_handler(transport_handler* handler) = 0;

  /// From now on calls handle_drain().
  virtual void tell_drain() {}

  /// Queues a packet. All packets of one turn of the event loop leave together.
  virtual void send(packet_type type, std::string_view data) = 0;
  /// Queues a text message of two parts. May move from the second one.
  virtual void send_text(std::string_view head, std::string&& rest) = 0;
  /// Queues a binary message.
  virtual void send_binary(std::string_view data) = 0;
  /// Queues a binary message, and shares its bytes as far as it can.
  virtual void send_binary(const shared_bytes& data) = 0;
  /// Queues a message that many receive.
  virtual void send(const shared_message& message) = 0;
  /// Lets the client wait with what it sends, and goes on; what has arrived may still come.
  virtual void pause() {}
  virtual void resume() {}
  /// Sends the queue now, as far as it can, and not at the end of the turn.
  virtual void flush() {}

  /// Takes a further HTTP request of the session; the caller refuses it if the exchange remains.
  virtual void handle(std::unique_ptr<http_exchange>& /*exchange*/) {}
  /// A request's body is about to arrive; see server::begin_body().
  [[nodiscard]] virtual bool begin_body(
      const std::weak_ptr<const std::function<void()>>& /*cut_off*/) {
    return true;
  }
  /// The body will not come; see server::body_failed().
  virtual void body_failed(std::string_view /*why*/) {}

  /// The client is about to move to another transport: do not keep it waiting here.
  virtual void make_way() {}
  /// The client has moved: ends the transport, and sends the queue through the next one.
  virtual void move_to(transport& /*next*/) {}

  /// The session is closing: passes no more packets to the handler.
  virtual void stop_receiving() {}
  /// Sends the queue, then the notice of closing.
  /// @return true if nothing more comes; false if it calls handle_closed() later, when the client
  /// has got the notice, or has not come for it in time
  [[nodiscard]] virtual bool close() = 0;
  /// Closes without waiting for the client to take the queue, and calls the handler no more.
  virtual void end() = 0;

 protected:
  transport() = default;
};

}  // namespace socketio::engineio
