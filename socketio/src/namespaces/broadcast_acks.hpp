#pragma once

#include <memory>

#include <socketio/adapter.hpp>
#include <socketio/handler.hpp>

#include "namespace_state.hpp"

namespace socketio::detail {

/// Broadcasts an event, to sockets or to servers, and calls a handler with the acknowledgements:
/// the lists of the first values of all clients, of the ids that they come from, and of those that
/// are missing; or the first value of the one client that there is. If the namespace is null,
/// nobody answers. Any thread.
void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_handler handler);
void broadcast_with_ack(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                        const broadcast_options& options, asked whom, ack_completion handler);

/// Broadcasts an event, and calls a handler with each acknowledgement. Any thread.
void broadcast_to_each(const std::shared_ptr<namespace_state>& nsp, const encoded_arguments& event,
                       const broadcast_options& options, asked whom, answer_handler handler);

}  // namespace socketio::detail
