#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio::detail {

/// The validators that conditional requests compare with (RFC 9110, section 8.8).
struct http_validators {
  std::string_view tag;  ///< a strong entity tag, including the quotes
  std::chrono::sys_seconds modified;
};

/// Part of a representation: `size` bytes from `first`.
struct content_range {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

/// The part that a request's Range field asks for.
struct range_request {
  enum class outcome { whole, part, unsatisfiable };
  outcome what = outcome::whole;
  content_range part{};
};

/// Parses an HTTP-date in any of its three forms (RFC 9110, section 5.6.7).
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// The status, 304 or 412, with which a precondition ends the request, or 0. Evaluates them in the
/// order of RFC 9110, section 13.2.2.
[[nodiscard]] unsigned check_preconditions(const http_fields& headers,
                                           const http_validators& current);

/// The single byte range that a GET asks for (RFC 9110, section 14.2); the whole for several or
/// malformed ranges, and for one that If-Range does not allow.
/// @param size the size of the representation in bytes
[[nodiscard]] range_request requested_range(const http_fields& headers,
                                            const http_validators& current, std::uint64_t size);

}  // namespace socketio::detail
