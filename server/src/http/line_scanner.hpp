#pragma once

#include <cstddef>
#include <string_view>

#include "field_text.hpp"

namespace socketio::detail {

/// Finds the ends of lines byte by byte, so that any split gives the same lines. Refuses what a
/// lenient recipient may accept as the end of a line: a bare CR or LF, and a line that continues
/// the previous one (obs-fold); also refuses controls.
class line_scanner {
 public:
  enum class result { more, line, malformed };

  /// Checks the bytes from `position` to the end of the line, or to the last byte.
  result next(std::string_view bytes, std::size_t& position) {
    while (position < bytes.size()) {
      const char c = bytes[position++];
      if (after_carriage_return_) {
        if (c != '\n') return result::malformed;
        *this = {};
        return result::line;
      }
      if (c == '\r') {
        after_carriage_return_ = true;
      } else if (!is_text(c) || (at_start_ && (c == ' ' || c == '\t'))) {
        return result::malformed;
      }
      at_start_ = false;
      if (!after_carriage_return_) position += text_prefix(bytes.substr(position));
    }
    return result::more;
  }

 private:
  bool after_carriage_return_ = false;
  bool at_start_ = true;
};

}  // namespace socketio::detail
