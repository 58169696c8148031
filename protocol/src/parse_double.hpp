#pragma once

#include <cerrno>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

namespace socketio::detail {

/// What std::from_chars() does for a double, which libc++ does not have: reads the number at the
/// front of a text, whatever the locale. A number out of range gives an infinity, or 0.
[[nodiscard]] inline std::from_chars_result parse_double(std::string_view text, double& value) {
  static const auto classic = ::newlocale(LC_ALL_MASK, "C", nullptr);
  const std::string copy(text);
  char* end = nullptr;
  errno = 0;
  const auto parsed = ::strtod_l(copy.c_str(), &end, classic);
  const auto* rest = text.data() + (end - copy.c_str());
  if (end == copy.c_str()) return {rest, std::errc::invalid_argument};
  value = parsed;
  // A number too small for full precision is none that is out of range.
  const bool out_of_range = errno == ERANGE && (parsed == 0 || std::isinf(parsed));
  return {rest, out_of_range ? std::errc::result_out_of_range : std::errc{}};
}

}  // namespace socketio::detail
