#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// What conditional requests are compared with (RFC 9110, section 8.8).
struct http_validators {
  std::string_view tag;  ///< a strong entity tag, quotes included
  std::chrono::sys_seconds modified;
};

/// Part of a representation: `size` bytes from `first`.
struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

/// What a request's Range field asks for.
struct range_request {
  enum class outcome { whole, part, unsatisfiable };
  outcome what = outcome::whole;
  byte_range part{};
};

/// Parses an HTTP-date in any of its three forms (RFC 9110, section 5.6.7).
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// The status that the request's preconditions end it with, 304 or 412, 0 if none does, in the
/// order of RFC 9110, section 13.2.2.
[[nodiscard]] unsigned check_preconditions(const http_fields& headers,
                                           const http_validators& current);

/// The single byte range that a GET asks for (RFC 9110, section 14.2); several and malformed ones,
/// and one that If-Range does not let stand, ask for the whole.
/// @param size of the representation, bytes
[[nodiscard]] range_request requested_range(const http_fields& headers,
                                            const http_validators& current, std::uint64_t size);

}  // namespace socketio
