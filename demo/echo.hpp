#pragma once

#include <socketio/server.hpp>

/// The native WebSocket route `/echo`: every message, up to 16 MB, comes back as it was sent, text
/// as text and binary as binary. It offers permessage-deflate and the subprotocol `echo`, and is
/// open to pages from the server itself only.
void add_echo(socketio::server& io);
