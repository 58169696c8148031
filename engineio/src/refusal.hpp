#pragma once

#include <string_view>

namespace socketio::engineio {

/// The codes of refused requests, as in the reference server but for the last one.
enum refusal : int {
  unknown_transport = 0,
  unknown_sid = 1,
  bad_handshake_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_protocol_version = 5,
  server_full = 6
};

/// Whether the value of a field has bytes that it may not have (RFC 9110, section 5.5).
[[nodiscard]] bool has_forbidden_bytes(std::string_view value);

}  // namespace socketio::engineio
