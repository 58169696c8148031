#pragma once

#include <chrono>
#include <string>

#include <socketio/detail/language.hpp>

namespace socketio::detail {

/// Formats a date for HTTP (IMF-fixdate, RFC 9110, section 5.6.7).
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point time);
/// Appends a date in that format.
void append_http_date(std::string& text, std::chrono::system_clock::time_point time);

}  // namespace socketio::detail
