#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio {

/// Appends the base64 of the bytes (RFC 4648, section 4, with padding).
void append_base64(std::string& output, std::string_view bytes);
/// How many characters that appends for so many bytes.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

/// Decodes base64 as the reference server does: skips characters outside the alphabet, accepts the
/// URL-safe alphabet too, stops at the first `=`, and keeps the whole bytes of an incomplete last
/// group.
[[nodiscard]] std::string decode_base64(std::string_view text);

/// Returns the base64url of the bytes without padding (RFC 4648, section 5), for identifiers.
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

}  // namespace socketio
