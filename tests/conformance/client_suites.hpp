#pragma once

#include "program.hpp"

/// The servers that the official clients' own tests expect.
namespace test_program {

/// That of socket.io-client: `test/support/server.ts`.
void serve_socketio_client(const command_line& arguments);

/// That of engine.io-client: `test/support/hooks.js`.
void serve_engineio_client(const command_line& arguments);

}  // namespace test_program
