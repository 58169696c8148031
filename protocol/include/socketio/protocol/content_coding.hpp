#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace socketio {

/// How a response's body is coded (RFC 9110, section 8.4.1).
enum class content_coding : std::uint8_t { identity, gzip, deflate };

/// The best coding that an `Accept-Encoding` field allows: gzip before deflate, at equal weight.
[[nodiscard]] content_coding choose_content_coding(std::string_view accept_encoding);

/// The coding's name, as in `Content-Encoding`.
[[nodiscard]] std::string_view name_of(content_coding coding);

/// Codes a body. @throws std::bad_alloc
[[nodiscard]] std::string encode_content(content_coding coding, std::string_view body);

}  // namespace socketio
