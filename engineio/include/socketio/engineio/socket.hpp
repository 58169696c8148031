#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <socketio/detail/unique_function.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace boost::asio {
class any_io_executor;
}

namespace socketio::engineio {

class session;
class shard;

/// A handle of a client's session. You may copy and keep it; after the session has ended its
/// functions do nothing. Call functions on any thread; handlers run on the session's shard, never
/// two at a time.
class socket {
 public:
  /// No session: the functions do nothing.
  socket() = default;
  explicit socket(std::shared_ptr<session> target);

  /// The session's id. Keep it secret: whoever knows it can act as the client.
  [[nodiscard]] std::string id() const;
  /// The request that opened the session; valid as long as a handle of the session exists.
  [[nodiscard]] http_request_head request() const;
  /// `polling` or `websocket`. Call it only on the shard.
  [[nodiscard]] std::string_view transport() const;

  /// The executor of the session's shard; empty after the server has been destroyed.
  [[nodiscard]] boost::asio::any_io_executor get_executor() const;

  /// Sends a text message (UTF-8).
  void send(std::string_view text) const;
  /// Sends a binary message.
  void send(std::span<const std::byte> bytes) const;

  /// Closes the session after sending the earlier messages.
  void close() const;

  /// Sets the function to call with each message, which is valid during the call. The session
  /// releases all handlers when it ends.
  void on_message(
      detail::unique_function<void(std::string_view message, bool binary)> handler) const;
  /// Sets the function to call once at the end, with the reason (`transport close`, `transport
  /// error`, `ping timeout`, `parse error`, `forced close`, `server shutting down`) and details, if
  /// there are any.
  void on_close(detail::unique_function<void(std::string_view reason, std::string_view description)>
                    handler) const;
  /// Sets the function to call after a polling session has moved to WebSocket.
  void on_upgrade(detail::unique_function<void()> handler) const;

  /// The session itself, for protocols on top of Engine.IO.
  [[nodiscard]] const std::shared_ptr<session>& target() const { return session_; }

  [[nodiscard]] friend bool operator==(const socket&, const socket&) = default;
  /// For hash tables, as std::hash.
  [[nodiscard]] friend std::size_t hash_value(const socket& socket) {
    return std::hash<std::shared_ptr<session>>()(socket.session_);
  }

 private:
  std::shared_ptr<session> session_;
  std::shared_ptr<shard> home_;  // the session's; it does not keep the shard itself
};

}  // namespace socketio::engineio

template <>
struct std::hash<socketio::engineio::socket> {
  std::size_t operator()(const socketio::engineio::socket& socket) const {
    return hash_value(socket);
  }
};
