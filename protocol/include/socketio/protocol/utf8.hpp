#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio {

/// Checks UTF-8 (RFC 3629) that arrives in pieces, and fails as soon as the bytes cannot become
/// valid any more: it refuses overlong forms, surrogates and code points above U+10FFFF at the byte
/// that makes them so.
class utf8_validator {
 public:
  /// Checks the next bytes. Once the text is invalid, returns false until reset().
  bool feed(std::string_view bytes);
  /// Whether the text so far is valid and ends between two code points.
  [[nodiscard]] bool complete() const { return state_ == 0; }
  /// Starts a new text.
  void reset() { state_ = 0; }

 private:
  std::uint8_t state_ = 0;
};

/// Whether the whole text is valid UTF-8.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// The text with U+FFFD for each maximal part of an invalid sequence: as `TextDecoder` in browsers
/// and `Buffer.toString()` in Node.js decode it (WHATWG Encoding Standard).
[[nodiscard]] std::string to_valid_utf8(std::string_view text);

/// How many UTF-16 code units a text in valid UTF-8 has: its length in JavaScript.
[[nodiscard]] std::size_t utf16_size(std::string_view text);

/// How many bytes at the front of a text in valid UTF-8 have so many UTF-16 code units; nothing if
/// it has fewer, or if they end within a character. Invalid UTF-8 gives any such number.
[[nodiscard]] std::optional<std::size_t> utf16_prefix(std::string_view text, std::size_t units);

}  // namespace socketio
