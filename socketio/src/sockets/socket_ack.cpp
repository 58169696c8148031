#include "socket_ack.hpp"

#include <utility>

#include "namespaces/namespace_state.hpp"
#include "packets/encoded_packet.hpp"
#include "socket_state.hpp"

namespace socketio::detail {

std::string socket_ack::take_buffer() const {
  auto& home = *socket_->home;
  return home.running_here() ? home.take_buffer() : std::string();
}

void socket_ack::acknowledge(encoded_arguments&& values) {
  if (!values.attachments.empty()) {
    check_attachments(values, socket_->nsp->shared->options.max_attachments);
  }
  if (!is_first()) return;
  auto& home = *socket_->home;
  if (home.running_here()) {
    socket_->send_ack(ack_id_, std::move(values));
    // NOLINTNEXTLINE(bugprone-use-after-move): send_ack() may leave the text's memory
    home.keep_buffer(std::move(values.json));
  } else {
    home.post([receiver = socket_, ack_id = ack_id_, answer = std::move(values)]() mutable {
      receiver->send_ack(ack_id, std::move(answer));
    });
  }
}

}  // namespace socketio::detail
