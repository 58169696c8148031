#pragma once

#include <memory>
#include <vector>

#include <socketio/handler.hpp>
#include <socketio/socket.hpp>

namespace socketio::detail {

class socket_state;

/// The middlewares of socket::use().
using event_middlewares = std::vector<std::shared_ptr<const event_middleware>>;

/// Asks middlewares, one by one, whether an event may reach its handlers, and calls these, or the
/// handlers of `error`. Keeps a copy of the event if a middleware decides later. Call it on the
/// socket's shard.
void run_event_middlewares(std::shared_ptr<socket_state> receiver,
                           std::shared_ptr<const event_middlewares> middlewares,
                           const incoming_event& event);

}  // namespace socketio::detail
