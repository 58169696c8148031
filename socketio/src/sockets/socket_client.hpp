#pragma once

#include <cstddef>
#include <memory>

#include <socketio/protocol/socketio_packet.hpp>

#include "packets/encoded_packet.hpp"

namespace socketio::engineio {
class session;
}

namespace socketio::detail {

class socket_state;

/// The client of a socket, as the socket sees it.
class socket_client {
 public:
  /// The session; null after it has ended.
  [[nodiscard]] virtual std::shared_ptr<engineio::session> session() const = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
  /// Whether the network takes more at once.
  [[nodiscard]] virtual bool writable() const = 0;
  /// Bytes that wait for the client.
  [[nodiscard]] virtual std::size_t buffered() const = 0;
  /// Sends a packet.
  virtual void send(const packet_header& header, encoded_arguments&& payload) = 0;
  /// Sends a packet that other clients also receive.
  virtual void send(const encoded_packet& packet) = 0;
  /// Reads the client's messages, unless too many events of its sockets wait.
  virtual void update_reading() = 0;
  /// Removes a socket that has left its namespace.
  virtual void remove(const socket_state& socket) = 0;
  /// Disconnects all sockets of the client, and closes its connection.
  virtual void disconnect_all() = 0;

 protected:
  socket_client() = default;
  ~socket_client() = default;
  socket_client(const socket_client&) = default;
  socket_client& operator=(const socket_client&) = default;
};

}  // namespace socketio::detail
