#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/http.hpp>

namespace socketio::websocket {

/// Whether a request asks for an upgrade to WebSocket; check_handshake() tells if it is valid.
[[nodiscard]] bool is_upgrade(const http_request& request);

/// The server's side of the opening handshake (RFC 6455, section 4.2).
///
/// Checks method, HTTP version, `Upgrade`, `Connection`, `Sec-WebSocket-Key` (16 bytes of base64)
/// and `Sec-WebSocket-Version` (13, and 8 as the reference server does).
/// @return nothing if the request is a valid opening handshake, else the response that refuses it:
/// 405 for a wrong method, otherwise 400, with a plain text that says why; for a wrong version it
/// names the right ones in `Sec-WebSocket-Version: 13, 8`.
[[nodiscard]] std::optional<http_response> check_handshake(const http_request& request);

/// Returns the value of `Sec-WebSocket-Accept` for a key (section 4.2.2).
[[nodiscard]] std::string accept_value(std::string_view key);

/// Returns the subprotocols that the client offers, in its order; nothing if the field is malformed
/// (an element is not a token, or occurs twice). Takes n log n time, whatever the client sends.
[[nodiscard]] std::optional<std::vector<std::string>> offered_subprotocols(
    const http_request& request);

/// Returns the 101 response to a valid opening handshake.
/// @param subprotocol the chosen one, or empty
[[nodiscard]] http_response handshake_response(const http_request& request,
                                               std::string_view subprotocol = {});

}  // namespace socketio::websocket
