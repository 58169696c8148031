#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/websocket_client.hpp>

#include "websocket_url.hpp"

/// The client's side of the opening handshake (RFC 6455, section 4.1).
namespace socketio::websocket::detail {

/// Checks options. @throws std::invalid_argument for subprotocols that are not tokens or repeated,
/// for header fields that are malformed or belong to the handshake, for a missing
/// certificate_authority, and for limits, times and deflate options out of range
void check(const client_options& options);

/// Makes a `Sec-WebSocket-Key`.
[[nodiscard]] std::string make_key();

/// Formats the request.
[[nodiscard]] std::string handshake_request(const url& where, const client_options& options,
                                            std::string_view key);

/// The agreement of both sides.
struct agreement {
  std::string subprotocol;                 ///< empty if there is none
  std::optional<deflate_options> deflate;  ///< nothing without compression
};

/// Checks the server's response to the request; nothing if it refuses the handshake, or accepts
/// something that the client did not offer.
[[nodiscard]] std::optional<agreement> check_response(const http_response& response,
                                                      const client_options& options,
                                                      std::string_view key);

}  // namespace socketio::websocket::detail
