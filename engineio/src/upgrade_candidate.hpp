#pragma once

#include <memory>

#include <socketio/engineio/session.hpp>

namespace socketio::engineio {

/// A WebSocket that is to replace polling (Engine.IO protocol, "Upgrade"). Its destructor closes
/// the WebSocket, unless the session has taken it.
class upgrade_candidate final : private websocket_handler {
 public:
  upgrade_candidate(session& target, std::shared_ptr<websocket_connection> connection,
                    std::chrono::milliseconds timeout);
  ~upgrade_candidate();
  upgrade_candidate(const upgrade_candidate&) = delete;
  upgrade_candidate& operator=(const upgrade_candidate&) = delete;

  /// Hands the WebSocket over.
  [[nodiscard]] std::shared_ptr<websocket_connection> release();
  /// Whether the client has probed. Then it stops polling, and the session has to end its poll.
  [[nodiscard]] bool probed() const { return probed_; }

 private:
  void handle_message(received_message message) override;
  void handle_close(websocket::close_code code, std::string_view reason,
                    std::string_view error) override;
  void timed_out();
  void end_poll();

  session& session_;
  std::shared_ptr<websocket_connection> connection_;
  bool probed_ = false;
  member_timer<upgrade_candidate, &upgrade_candidate::timed_out> deadline_{*this};
  member_timer<upgrade_candidate, &upgrade_candidate::end_poll> poll_check_{*this};
};

}  // namespace socketio::engineio
