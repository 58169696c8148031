#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <socketio/emit.hpp>
#include <socketio/handshake.hpp>
#include <socketio/protocol/json.hpp>
#include <socketio/room_list.hpp>

namespace socketio {

class remote_socket;

namespace detail {
class namespace_state;
}

/// Emits to one socket of any server. remote_socket::timeout() and remote_socket::volatile_()
/// return it.
class remote_emitter : public emit_interface<remote_emitter> {
 public:
  remote_emitter(std::shared_ptr<detail::namespace_state> where, std::string id)
      : namespace_(std::move(where)), id_(std::move(id)) {}

  /// Sets how long to wait for the acknowledgement.
  [[nodiscard]] remote_emitter timeout(std::chrono::milliseconds time) const;
  /// Drops the event if the client cannot take it at once.
  [[nodiscard]] remote_emitter volatile_() const;
  /// Sets whether the transport may compress the event, as it does by default if it compresses.
  [[nodiscard]] remote_emitter compress(bool allowed) const;

 private:
  friend class emit_interface<remote_emitter>;
  friend class emit_interface<remote_socket>;

  static constexpr auto asks = detail::asked::one;

  [[nodiscard]] const remote_emitter& sender() const { return *this; }
  void check_attachments(const encoded_arguments& encoded) const;
  void send_encoded(const encoded_arguments& encoded, detail::ack_handler acknowledged) const;
  void send_encoded_with_ack(const encoded_arguments& encoded, ack_completion handler) const;

  std::shared_ptr<detail::namespace_state> namespace_;
  std::string id_;
  emit_flags flags_;
};

/// What a server knows of a socket when it is asked.
struct remote_socket_data {
  std::string id;
  std::shared_ptr<const socketio::handshake> handshake;
  std::vector<std::string> rooms;
  json data = json::object();
};

/// A socket as fetch_sockets() finds it: of this server, or of another one of the cluster. What it
/// tells was true when it was fetched. Any thread.
class remote_socket : public emit_interface<remote_socket> {
 public:
  /// No socket: the functions do nothing.
  remote_socket() = default;
  remote_socket(std::shared_ptr<detail::namespace_state> where, remote_socket_data data)
      : namespace_(std::move(where)), data_(std::move(data)) {}

  /// The id, which is also the name of a room that has only this socket.
  [[nodiscard]] const std::string& id() const { return data_.id; }
  /// The data of the client when it connected to the namespace.
  [[nodiscard]] const socketio::handshake& handshake() const {
    return data_.handshake ? *data_.handshake : no_handshake();
  }
  /// The socket's rooms, its own one first.
  [[nodiscard]] const std::vector<std::string>& rooms() const { return data_.rooms; }
  /// The application's data; see socket::data().
  [[nodiscard]] const json& data() const { return data_.data; }

  /// Joins rooms.
  void join(const room_list& rooms) const;
  /// Leaves rooms.
  void leave(const room_list& rooms) const;
  /// Disconnects the socket from the namespace; with `close`, closes its connection.
  void disconnect(bool close = false) const;
  /// Compiles only for a bool, because the protocol has no reason to send.
  template <class Other>
  void disconnect(const Other& /*close*/) const {
    static_assert(
        std::same_as<Other, bool>,
        "disconnect() takes a bool, whether to close the connection too; no reason is sent "
        "to the client");
  }

  /// Returns an emitter that waits this long for an acknowledgement.
  [[nodiscard]] remote_emitter timeout(std::chrono::milliseconds time) const {
    return sender().timeout(time);
  }
  /// Returns an emitter whose events are dropped if the client cannot take them at once.
  [[nodiscard]] remote_emitter volatile_() const { return sender().volatile_(); }
  /// Returns an emitter that sets whether the transport may compress its events.
  [[nodiscard]] remote_emitter compress(bool allowed) const { return sender().compress(allowed); }

  /// Whether both are the same socket.
  [[nodiscard]] friend bool operator==(const remote_socket& left, const remote_socket& right) {
    return left.namespace_ == right.namespace_ && left.id() == right.id();
  }
  /// For hash tables, as std::hash.
  [[nodiscard]] friend std::size_t hash_value(const remote_socket& socket) {
    return std::hash<std::string>()(socket.id());
  }

 private:
  friend class emit_interface<remote_socket>;

  static constexpr auto asks = detail::asked::one;

  [[nodiscard]] remote_emitter sender() const { return {namespace_, data_.id}; }

  std::shared_ptr<detail::namespace_state> namespace_;
  remote_socket_data data_;
};

}  // namespace socketio

template <>
struct std::hash<socketio::remote_socket> {
  std::size_t operator()(const socketio::remote_socket& socket) const { return hash_value(socket); }
};
