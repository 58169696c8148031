#pragma once

#include <string_view>

#include "inspector.hpp"

/// Explains the heads of a WebSocket handshake: a request, a response, or one after the other.
/// Lines end with LF or CRLF.
void inspect_handshake(std::string_view text, inspection& found);
