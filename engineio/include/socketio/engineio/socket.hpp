#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <socketio/detail/unique_function.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace socketio::engineio {

class session;

/// A handle of a client's session. You may copy and keep it; after the session has ended its
/// functions do nothing. Call functions on any thread; handlers run on the session's shard, never
/// two at a time.
class socket {
 public:
  explicit socket(std::shared_ptr<session> target) : session_(std::move(target)) {}

  /// The session's id. Keep it secret: whoever knows it can act as the client.
  [[nodiscard]] std::string id() const;
  /// The request that opened the session; valid as long as a handle of the session exists.
  [[nodiscard]] http_request_head request() const;
  /// `polling` or `websocket`. Call it only on the shard.
  [[nodiscard]] std::string_view transport() const;

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

 private:
  std::shared_ptr<session> session_;
};

}  // namespace socketio::engineio
