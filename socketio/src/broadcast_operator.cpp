#include <socketio/broadcast_operator.hpp>

#include "namespaces/ask_adapter.hpp"
#include "namespaces/broadcast_acks.hpp"
#include "namespaces/namespace_state.hpp"
#include "packets/encoded_packet.hpp"

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

broadcast_operator broadcast_operator::compress(bool allowed) const {
  auto changed = *this;
  changed.options_.flags.compress = allowed;
  return changed;
}

broadcast_operator broadcast_operator::timeout(std::chrono::milliseconds time) const {
  auto changed = *this;
  changed.options_.flags.timeout = time;
  return changed;
}

void broadcast_operator::sockets_join(const room_list& rooms) const {
  if (auto* adapter = adapter_of(namespace_)) adapter->sockets_join(options_, rooms.rooms());
}

void broadcast_operator::sockets_leave(const room_list& rooms) const {
  if (auto* adapter = adapter_of(namespace_)) adapter->sockets_leave(options_, rooms.rooms());
}

void broadcast_operator::disconnect_sockets(bool close) const {
  if (auto* adapter = adapter_of(namespace_)) adapter->disconnect_sockets(options_, close);
}

void broadcast_operator::check_attachments(const encoded_arguments& encoded) const {
  if (!namespace_) return;
  detail::check_attachments(encoded, namespace_->shared->options.max_attachments);
}

void broadcast_operator::send_encoded(const encoded_arguments& encoded,
                                      detail::ack_handler acknowledged) const {
  if (acknowledged) {
    broadcast_with_ack(namespace_, encoded, options_, asks, std::move(acknowledged));
  } else if (auto* adapter = adapter_of(namespace_)) {
    adapter->broadcast(encoded, options_);
  }
}

void broadcast_operator::send_encoded_with_ack(const encoded_arguments& encoded,
                                               ack_completion handler) const {
  broadcast_with_ack(namespace_, encoded, options_, asks, std::move(handler));
}

void broadcast_operator::send_encoded_to_each(const encoded_arguments& encoded,
                                              detail::answer_handler handler) const {
  broadcast_to_each(namespace_, encoded, options_, asks, std::move(handler));
}

void broadcast_operator::fetch(fetch_completion handler) const {
  ask_adapter<std::vector<remote_socket>>(namespace_, std::move(handler),
                                          [this](adapter& asked, auto completion) {
                                            asked.fetch_sockets(options_, std::move(completion));
                                          });
}

}  // namespace socketio
