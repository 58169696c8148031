#include <socketio/ack.hpp>

#include "namespaces/namespace_state.hpp"
#include "packets/encoded_packet.hpp"
#include "sockets/ack_target.hpp"
#include "sockets/socket_state.hpp"

namespace socketio {

std::string ack::take_buffer() const {
  auto& home = *target_->socket->home;
  return home.running_here() ? home.take_buffer() : std::string();
}

void ack::send(encoded_arguments&& encoded) const {
  const auto& socket = target_->socket;
  if (!encoded.attachments.empty()) {
    detail::check_attachments(encoded, socket->nsp->shared->options.max_attachments);
  }
  if (target_->sent.exchange(true)) return;
  auto& home = *socket->home;
  if (home.running_here()) {
    socket->send_ack(target_->ack_id, std::move(encoded));
    // NOLINTNEXTLINE(bugprone-use-after-move): send_ack() may leave the text's memory
    home.keep_buffer(std::move(encoded.json));
  } else {
    home.post([receiver = socket, ack_id = target_->ack_id, values = std::move(encoded)]() mutable {
      receiver->send_ack(ack_id, std::move(values));
    });
  }
}

}  // namespace socketio
