#include <socketio/broadcast_operator.hpp>
#include <socketio/engineio/completion.hpp>
#include <socketio/socket.hpp>

#include "encoded_packet.hpp"
#include "namespace_state.hpp"

namespace socketio {
namespace {

void append(std::vector<std::string>& names, const room_list& added) {
  names.insert(names.end(), added.rooms().begin(), added.rooms().end());
}

}  // namespace

broadcast_operator broadcast_operator::to(const room_list& rooms) const {
  auto narrowed = *this;
  append(narrowed.options_.rooms, rooms);
  return narrowed;
}

broadcast_operator broadcast_operator::except(const room_list& rooms) const {
  auto narrowed = *this;
  append(narrowed.options_.except, rooms);
  return narrowed;
}

broadcast_operator broadcast_operator::local() const {
  auto narrowed = *this;
  narrowed.options_.flags.local = true;
  return narrowed;
}

broadcast_operator broadcast_operator::volatile_() const {
  auto changed = *this;
  changed.options_.flags.is_volatile = true;
  return changed;
}

broadcast_operator broadcast_operator::timeout(std::chrono::milliseconds time) const {
  auto changed = *this;
  changed.options_.flags.timeout = time;
  return changed;
}

void broadcast_operator::sockets_join(const room_list& rooms) const {
  if (auto* adapter = namespace_->adapter()) adapter->sockets_join(options_, rooms.rooms());
}

void broadcast_operator::sockets_leave(const room_list& rooms) const {
  if (auto* adapter = namespace_->adapter()) adapter->sockets_leave(options_, rooms.rooms());
}

void broadcast_operator::disconnect_sockets(bool close) const {
  if (auto* adapter = namespace_->adapter()) adapter->disconnect_sockets(options_, close);
}

void broadcast_operator::check_attachments(const encoded_arguments& encoded) const {
  detail::check_attachments(encoded, namespace_->max_attachments);
}

void broadcast_operator::emit_encoded(const encoded_arguments& encoded,
                                      detail::ack_handler acknowledged) const {
  namespace_->broadcast(encoded, options_, std::move(acknowledged));
}

void broadcast_operator::emit_encoded_with_ack(const encoded_arguments& encoded,
                                               ack_completion handler) const {
  namespace_->broadcast_with_ack(encoded, options_, std::move(handler));
}

void broadcast_operator::fetch(fetch_completion handler) const {
  // Shared, since an adapter's callback can be copied.
  const auto waiting = std::make_shared<engineio::completion<std::vector<socket>>>(
      std::move(handler), namespace_->current_shard());
  auto* adapter = namespace_->adapter();
  if (adapter == nullptr) return waiting->later(error::disconnected, {});
  adapter->fetch_sockets(options_, [waiting](error_code error, std::vector<socket> sockets) {
    waiting->later(error, std::move(sockets));
  });
}

}  // namespace socketio
