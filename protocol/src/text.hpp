#pragma once

#include <string_view>

namespace socketio::detail {

/// What ends a line of HTTP and of MIME.
inline constexpr std::string_view line_end = "\r\n";
/// Optional white space (RFC 9110, section 5.6.3).
inline constexpr std::string_view blanks = " \t";
/// White space of JSON (RFC 8259, section 2).
inline constexpr std::string_view json_white_space = " \t\n\r";

[[nodiscard]] inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A text without the blanks around it.
[[nodiscard]] inline std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace socketio::detail
