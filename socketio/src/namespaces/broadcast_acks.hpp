#pragma once

#include <memory>

#include <socketio/adapter.hpp>
#include <socketio/handler.hpp>

#include "namespace_state.hpp"

namespace socketio::detail {

/// Broadcasts an event, and calls a handler with the acknowledgements: an array of the first values
/// of all clients, or the first value of the one client that there is. Any thread.
void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_handler handler);
void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_completion handler);

}  // namespace socketio::detail
