#pragma once

#include <cstdint>
#include <string_view>

#include <socketio/protocol/json.hpp>

namespace socketio {

/// Why a socket disconnects, as a type: a handler of `disconnecting` or `disconnect` may take it
/// instead of the text. On the wire, in logs and in statistics it is the text; see to_string().
enum class disconnect_reason : std::uint8_t {
  transport_error,              ///< the client broke the transport's rules, or read too slowly
  transport_close,              ///< the client closed the connection, or it was lost
  forced_close,                 ///< the client broke the Socket.IO protocol
  ping_timeout,                 ///< the client did not answer a heartbeat
  parse_error,                  ///< the client sent an invalid Engine.IO packet
  server_shutting_down,         ///< the server is closing
  forced_server_close,          ///< the reference server's; this server closes in other ways
  client_namespace_disconnect,  ///< the client left the namespace
  server_namespace_disconnect,  ///< the application called disconnect()
  other,                        ///< a reason of a transport that the application has added
};

/// The text of a reason, as in the reference server: `ping timeout`.
[[nodiscard]] std::string_view to_string(disconnect_reason reason);
/// The reason that a text names; `other` for any further text.
[[nodiscard]] disconnect_reason disconnect_reason_of(std::string_view text);

void to_json(json& text, disconnect_reason reason);
void from_json(const json& text, disconnect_reason& reason);

}  // namespace socketio
