#pragma once

#include <functional>
#include <memory>

#include "namespace_state.hpp"

namespace socketio::detail {

/// Calls the handlers of a namespace for an event of another server, later, on a shard that is the
/// same for all events. Any thread.
/// @param answer null, or called with the first value of the acknowledgement
void receive_server_side(std::shared_ptr<namespace_state> nsp, const encoded_arguments& event,
                         std::function<void(json)> answer);

}  // namespace socketio::detail
