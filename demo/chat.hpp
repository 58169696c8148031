#pragma once

#include <socketio/server.hpp>

/// The demo's server side: rooms in which people who have chosen a nickname talk.
///
/// Events from a client: `join` ({nickname, room}, ack), `message` (text, ack), `typing` (whether).
/// Events to clients: `message`, `joined`, `left` and `typing` to those in the room, `rooms` to
/// all.
void add_chat(socketio::server& io);
