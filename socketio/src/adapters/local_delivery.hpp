#pragma once

#include <socketio/broadcast_options.hpp>

#include "packets/encoded_packet.hpp"
#include "recovery/logged_event.hpp"
#include "rooms/room_table.hpp"

namespace socketio::detail {

/// Sends an event to the sockets of the options on a shard. Call it there.
void deliver(room_table& table, const encoded_packet& packet, const encoded_arguments& event,
             const broadcast_options& options);

/// Sends an event of a log to its sockets on a shard. Call it there.
void deliver_logged(room_table& table, const encoded_packet& packet, const logged_event& event);

}  // namespace socketio::detail
