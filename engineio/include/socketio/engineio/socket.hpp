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

/// A client's session: a handle that may be copied and kept, also after the session's end, when its
/// functions do nothing. All functions may be called on any thread; handlers run on the session's
/// shard, never two at a time.
class socket {
 public:
  explicit socket(std::shared_ptr<session> target) : session_(std::move(target)) {}

  /// The session's id. It is a secret of the client's: whoever knows it can speak for the client.
  [[nodiscard]] std::string id() const;
  /// The request that opened the session; valid as long as there is a handle to the session.
  [[nodiscard]] http_request_head request() const;
  /// `polling` or `websocket`; on the shard.
  [[nodiscard]] std::string_view transport() const;

  /// Sends a text message (UTF-8).
  void send(std::string_view text) const;
  /// Sends a binary message.
  void send(std::span<const std::byte> bytes) const;

  /// Closes the session after what has been sent.
  void close() const;

  /// Sets what is called with each message, which is valid during the call. The session lets go of
  /// all handlers when it ends.
  void on_message(
      detail::unique_function<void(std::string_view message, bool binary)> handler) const;
  /// Sets what is called once at the end, with the reason (`transport close`, `transport error`,
  /// `ping timeout`, `parse error`, `forced close`, `server shutting down`) and details, if any.
  void on_close(detail::unique_function<void(std::string_view reason, std::string_view description)>
                    handler) const;
  /// Sets what is called after a polling session has moved to WebSocket.
  void on_upgrade(detail::unique_function<void()> handler) const;

  /// The session itself, for protocols on top of Engine.IO.
  [[nodiscard]] const std::shared_ptr<session>& target() const { return session_; }

  [[nodiscard]] friend bool operator==(const socket&, const socket&) = default;

 private:
  std::shared_ptr<session> session_;
};

}  // namespace socketio::engineio
