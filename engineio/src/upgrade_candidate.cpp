#include "polling_state.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;

// How often the session ends a pending poll during an upgrade, as in the reference.
constexpr auto poll_check_interval = 100ms;

}  // namespace

upgrade_candidate::upgrade_candidate(session& target,
                                     std::shared_ptr<websocket_connection> connection,
                                     std::chrono::milliseconds timeout)
    : session_(target), connection_(std::move(connection)) {
  connection_->set_handler(this);
  deadline_.start(session_.home().timers(), timeout);
}

upgrade_candidate::~upgrade_candidate() {
  if (!connection_) return;
  connection_->set_handler(nullptr);
  connection_->close(websocket::close_code::no_status);
}

std::shared_ptr<websocket_connection> upgrade_candidate::release() {
  return std::move(connection_);
}

void upgrade_candidate::handle_message(received_message message) {
  // complete_upgrade() and give_up_upgrade() destroy this object.
  const auto received = message.is_binary() ? std::nullopt : decode_packet(message.data());
  if (received && received->type == packet_type::ping && received->data == "probe") {
    connection_->send(websocket::opcode::text, "3", "probe");
    probed_ = true;
    end_poll();
  } else if (received && received->type == packet_type::upgrade) {
    session_.complete_upgrade();
  } else {
    session_.give_up_upgrade();
  }
}

void upgrade_candidate::handle_close(websocket::close_code /*code*/, std::string_view /*reason*/,
                                     std::string_view /*error*/) {
  connection_.reset();
  session_.give_up_upgrade();
}

void upgrade_candidate::timed_out() {
  session_.give_up_upgrade();
}

void upgrade_candidate::end_poll() {
  poll_check_.start(session_.home().timers(), poll_check_interval);
  const auto& polling = *session_.polling_;
  if (polling.poll && polling.queue.empty()) session_.send_packet(packet_type::noop, {});
}

}  // namespace socketio::engineio
