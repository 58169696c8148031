#pragma once

#include <socketio/server.hpp>

/// The native WebSocket route `/inspect`: each message is a text to inspect, the answer the
/// inspection in JSON (see inspector.hpp).
void add_inspect(socketio::server& io);
