#include "local_delivery.hpp"

#include <memory>
#include <vector>

#include "sockets/socket_state.hpp"

namespace socketio::detail {

void deliver(room_table& table, const encoded_packet& packet, const encoded_arguments& event,
             const broadcast_options& options) {
  // Handlers of on_any_outgoing() may change rooms meanwhile.
  std::vector<std::shared_ptr<socket_state>> listening;
  table.visit(options.rooms, options.except, [&](room_member& found) {
    auto& receiver = static_cast<socket_state&>(found);
    if (receiver.has_outgoing_listeners()) {
      listening.push_back(receiver.shared_from_this());
    } else {
      receiver.send(packet, event, options.flags.is_volatile);
    }
  });
  for (const auto& receiver : listening) {
    receiver->send(packet, event, options.flags.is_volatile);
  }
}

void deliver_logged(room_table& table, const encoded_packet& packet, const logged_event& event) {
  const auto& [only, options] = event.target;
  if (only.empty()) return deliver(table, packet, event.event, options);
  if (const auto found = table.find(only)) {
    static_cast<socket_state&>(*found).send(packet, event.event, false);
  }
}

}  // namespace socketio::detail
