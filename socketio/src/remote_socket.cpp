#include <socketio/remote_socket.hpp>

#include "namespaces/broadcast_acks.hpp"
#include "namespaces/namespace_state.hpp"
#include "packets/encoded_packet.hpp"

namespace socketio {

remote_emitter remote_emitter::timeout(std::chrono::milliseconds time) const {
  auto changed = *this;
  changed.flags_.timeout = time;
  return changed;
}

remote_emitter remote_emitter::volatile_() const {
  auto changed = *this;
  changed.flags_.is_volatile = true;
  return changed;
}

remote_emitter remote_emitter::compress(bool allowed) const {
  auto changed = *this;
  changed.flags_.compress = allowed;
  return changed;
}

void remote_emitter::check_attachments(const encoded_arguments& encoded) const {
  if (!namespace_) return;
  detail::check_attachments(encoded, namespace_->shared->options.max_attachments);
}

void remote_emitter::send_encoded(const encoded_arguments& encoded,
                                  detail::ack_handler acknowledged) const {
  const broadcast_options only{{id_}, {}, flags_};
  if (acknowledged) {
    broadcast_with_ack(namespace_, encoded, only, asks, std::move(acknowledged));
  } else if (auto* adapter = adapter_of(namespace_)) {
    adapter->broadcast(encoded, only);
  }
}

void remote_emitter::send_encoded_with_ack(const encoded_arguments& encoded,
                                           ack_completion handler) const {
  broadcast_with_ack(namespace_, encoded, {{id_}, {}, flags_}, asks, std::move(handler));
}

void remote_socket::join(const room_list& rooms) const {
  if (auto* adapter = adapter_of(namespace_))
    adapter->sockets_join({{id()}, {}, {}}, rooms.rooms());
}

void remote_socket::leave(const room_list& rooms) const {
  if (auto* adapter = adapter_of(namespace_)) {
    adapter->sockets_leave({{id()}, {}, {}}, rooms.rooms());
  }
}

void remote_socket::disconnect(bool close) const {
  if (auto* adapter = adapter_of(namespace_)) adapter->disconnect_sockets({{id()}, {}, {}}, close);
}

}  // namespace socketio
