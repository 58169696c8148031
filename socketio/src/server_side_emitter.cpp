#include <socketio/server_side_emitter.hpp>
#include <stdexcept>
#include <string>

#include "namespaces/broadcast_acks.hpp"
#include "namespaces/namespace_state.hpp"
#include "packets/encoded_packet.hpp"

namespace socketio {

server_side_emitter server_side_emitter::timeout(std::chrono::milliseconds time) const {
  auto changed = *this;
  changed.flags_.timeout = time;
  return changed;
}

void server_side_emitter::check_event(std::string_view event) const {
  if (event == "connection" || event == "new_namespace") {
    throw std::invalid_argument("\"" + std::string(event) + "\" is a reserved event name");
  }
}

void server_side_emitter::check_attachments(const encoded_arguments& encoded) const {
  detail::check_placeholders(encoded);
}

void server_side_emitter::send_encoded(const encoded_arguments& encoded,
                                       detail::ack_handler acknowledged) const {
  if (acknowledged) {
    broadcast_with_ack(namespace_, encoded, {{}, {}, flags_}, asks, std::move(acknowledged));
  } else if (auto* adapter = adapter_of(namespace_)) {
    adapter->server_side_emit(encoded);
  }
}

void server_side_emitter::send_encoded_with_ack(const encoded_arguments& encoded,
                                                ack_completion handler) const {
  broadcast_with_ack(namespace_, encoded, {{}, {}, flags_}, asks, std::move(handler));
}

void server_side_emitter::send_encoded_to_each(const encoded_arguments& encoded,
                                               detail::answer_handler handler) const {
  broadcast_to_each(namespace_, encoded, {{}, {}, flags_}, asks, std::move(handler));
}

}  // namespace socketio
