#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <socketio/detail/unique_function.hpp>
#include <socketio/protocol/attached_objects.hpp>
#include <socketio/protocol/engineio_packet.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace socketio {

namespace engineio {
class session;
class session_observer;
}  // namespace engineio

/// A handle of a client's connection, that is its Engine.IO session, which carries the sockets of
/// all its namespaces. You may copy and keep it; after the connection has ended its functions do
/// nothing. Use it on the shard of its sockets, where the handlers run, too; these are never
/// removed, and see what happens before Socket.IO does.
class connection {
 public:
  /// No connection.
  connection() = default;
  explicit connection(std::shared_ptr<engineio::session> target) : session_(std::move(target)) {}

  /// Whether there is one: a socket has none any more after its handlers of `disconnect`.
  explicit operator bool() const { return session_ != nullptr; }

  /// The session's id. Keep it secret: whoever knows it can act as the client.
  [[nodiscard]] std::string id() const;
  /// `polling` or `websocket`.
  [[nodiscard]] std::string_view transport() const;
  /// The client's revision of the Engine.IO protocol, for example `4`.
  [[nodiscard]] std::string_view protocol() const;
  /// Whether the connection is about to move to another transport, and whether it has moved.
  [[nodiscard]] bool upgrading() const;
  [[nodiscard]] bool upgraded() const;
  /// The request that opened the connection; valid as long as a handle of it exists.
  [[nodiscard]] http_request_head request() const;
  /// The object of a type, for example the user, that a middleware of engine() has attached to the
  /// request, or the option allow_request; null if there is none.
  template <class T>
  [[nodiscard]] std::shared_ptr<T> attachment() const {
    return attached().find<T>();
  }

  /// Closes the connection after sending the earlier messages.
  void close() const;

  /// Adds a handler for the connection's move to another transport, whose name it receives.
  void on_upgrade(detail::unique_function<void(std::string_view transport)> handler) const;
  /// Adds a handler for the packets from the client, valid during the call.
  void on_packet(detail::unique_function<void(const engineio::packet& received)> handler) const;
  /// Adds a handler for the packets to the client, valid during the call.
  void on_packet_create(detail::unique_function<void(const engineio::packet& sent)> handler) const;
  /// Adds a handler for the moments when the network has accepted all that was sent.
  void on_drain(detail::unique_function<void()> handler) const;
  /// Adds a handler for the end, with the reason and the description of the sockets' `disconnect`.
  void on_close(detail::unique_function<void(std::string_view reason, std::string_view description)>
                    handler) const;
  /// Adds an observer of all that; see <socketio/engineio/session_observer.hpp>.
  void add_observer(std::shared_ptr<engineio::session_observer> observer) const;

  /// Whether two sockets share one connection.
  [[nodiscard]] friend bool operator==(const connection&, const connection&) = default;
  /// For hash tables, as std::hash.
  [[nodiscard]] friend std::size_t hash_value(const connection& connection) {
    return std::hash<std::shared_ptr<engineio::session>>()(connection.session_);
  }

 private:
  [[nodiscard]] const attached_objects& attached() const;

  std::shared_ptr<engineio::session> session_;
};

}  // namespace socketio

template <>
struct std::hash<socketio::connection> {
  std::size_t operator()(const socketio::connection& connection) const {
    return hash_value(connection);
  }
};
