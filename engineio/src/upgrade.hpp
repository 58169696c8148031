#pragma once

#include <memory>

#include <socketio/engineio/session.hpp>

namespace socketio::detail {

/// A session's way from its transport to a candidate (Engine.IO protocol, "Upgrade"). The client
/// probes the candidate; from then on it stops polling, so that no poll of its may wait. It then
/// confirms, and the session moves. As in the reference it may confirm at once. Anything else, and
/// the deadline, ends the candidate.
class upgrade final : private engineio::transport_handler {
 public:
  /// @param timeout from now until the client has to confirm
  upgrade(engineio::session& target, std::unique_ptr<engineio::transport> candidate,
          std::chrono::milliseconds timeout);
  ~upgrade();
  upgrade(const upgrade&) = delete;
  upgrade& operator=(const upgrade&) = delete;

  /// Hands the candidate over.
  [[nodiscard]] std::unique_ptr<engineio::transport> take() { return std::move(candidate_); }

 private:
  [[nodiscard]] const engineio::codec& codec() const override;
  void handle_packet(const engineio::packet& received, engineio::received_message message) override;
  void handle_end(std::string_view reason, std::string_view description) override;
  void handle_closed() override {}
  void handle_drain() override {}
  void give_up();
  void make_way();

  engineio::session& session_;
  std::unique_ptr<engineio::transport> candidate_;
  engineio::member_timer<upgrade, &upgrade::give_up> deadline_{*this};
  engineio::member_timer<upgrade, &upgrade::make_way> poll_check_{
      *this};  // runs once it has probed
};

}  // namespace socketio::detail
