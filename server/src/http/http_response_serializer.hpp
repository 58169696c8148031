#pragma once

#include <string>

#include <socketio/protocol/http.hpp>

namespace socketio::detail {

/// Serialises a response in one string.
///
/// Adds `Content-Length` (never to 1xx, 204 and 304), `Date`, and `Connection: close` or, for an
/// HTTP/1.0 client that asked for it, `Connection: keep-alive`. Keeps the response's own `Date` and
/// `Connection`, to which it adds `close` if necessary, but not its `Content-Length` and
/// `Transfer-Encoding`. Adds nothing to a 1xx response. Omits fields whose name is not a token or
/// whose value has a control character, so that no value can inject a field.
/// @param version the request's: 10 or 11
/// @param head whether the request was HEAD: then it announces the body's length, but omits the
/// body
[[nodiscard]] std::string serialize_response(const http_response& response, unsigned version,
                                             bool keep_alive, bool head);

/// Whether a response with that status may have a body (RFC 9110, section 6.4.1).
[[nodiscard]] bool may_have_body(unsigned status);

}  // namespace socketio::detail
