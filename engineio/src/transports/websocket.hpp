#pragma once

#include <memory>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/transport.hpp>

namespace socketio::engineio {

/// Accepts a request for a WebSocket (Engine.IO protocol, "WebSocket").
/// @param exchange its request has passed websocket::check_handshake()
/// @param opened the session that the request opens; null if it upgrades one
[[nodiscard]] std::unique_ptr<transport> accept_websocket(const server& owner,
                                                          http_exchange& exchange,
                                                          const session* opened);

}  // namespace socketio::engineio
