#pragma once

#include <socketio/protocol/http.hpp>

namespace socketio::engineio {

/// Whether a client says that it cannot read binary messages, but wants them as base64.
[[nodiscard]] inline bool wants_base64(const http_request& request) {
  return !query_parameter(request.query(), "b64").value().empty();
}

}  // namespace socketio::engineio
