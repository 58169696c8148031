#pragma once

#include <optional>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// Parses the head of a response of HTTP/1.1 or HTTP/1.0: the status line and the fields (RFC 9112,
/// sections 4 and 5). Lines end with CRLF; the empty line at the end may be left out.
///
/// Strict: nothing comes of a head with a status below 100 or above 599, folded lines, blanks
/// before a colon, names that are no tokens, or control characters other than tabs. The reason
/// phrase is passed over.
[[nodiscard]] std::optional<http_response> parse_response_head(std::string_view head);

}  // namespace socketio
