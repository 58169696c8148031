#pragma once

#include <string>
#include <string_view>

namespace socketio {

/// Appends the base64 of the bytes (RFC 4648, section 4, with padding).
void append_base64(std::string& output, std::string_view bytes);

/// Decodes base64 the way the reference server does: characters outside the alphabet are skipped,
/// the URL-safe alphabet is accepted too, decoding ends at the first `=`, and an incomplete last
/// group yields the whole bytes it has.
[[nodiscard]] std::string decode_base64(std::string_view text);

/// The base64url of the bytes without padding (RFC 4648, section 5), for identifiers.
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

}  // namespace socketio
