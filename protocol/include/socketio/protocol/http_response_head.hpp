#pragma once

#include <optional>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// Parses the head of an HTTP/1.1 or HTTP/1.0 response: the status line and the fields (RFC 9112,
/// sections 4 and 5). Lines end with CRLF; the empty line at the end may be missing.
///
/// Strict: returns nothing for a status below 100 or above 599, folded lines, blanks before a
/// colon, names that are not tokens, or control characters other than tabs. Ignores the reason
/// phrase.
[[nodiscard]] std::optional<http_response> parse_response_head(std::string_view head);

}  // namespace socketio
