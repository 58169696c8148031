#include "upgrade.hpp"

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;

// How often the session ends a pending poll during an upgrade, as in the reference.
constexpr auto poll_check_interval = 100ms;
constexpr std::string_view probe = "probe";

}  // namespace

upgrade::upgrade(engineio::session& target, std::unique_ptr<engineio::transport> candidate,
                 std::chrono::milliseconds timeout)
    : session_(target), candidate_(std::move(candidate)) {
  candidate_->set_handler(this);
  deadline_.start(session_.home().timers(), timeout);
}

upgrade::~upgrade() {
  if (candidate_) candidate_->end();
}

const engineio::codec& upgrade::codec() const {
  return session_.codec();
}

// The session's functions destroy this object.
void upgrade::handle_packet(const engineio::packet& received,
                            engineio::received_message /*message*/) {
  if (received.type == engineio::packet_type::ping && received.data == probe) {
    candidate_->send(engineio::packet_type::pong, probe);
    make_way();
  } else if (received.type == engineio::packet_type::upgrade) {
    session_.complete_upgrade();
  } else {
    give_up();
  }
}

void upgrade::handle_end(std::string_view /*reason*/, std::string_view /*description*/) {
  give_up();
}

void upgrade::give_up() {
  session_.give_up_upgrade();
}

void upgrade::make_way() {
  poll_check_.start(session_.home().timers(), poll_check_interval);
  session_.current_transport().make_way();
}

}  // namespace socketio::detail
