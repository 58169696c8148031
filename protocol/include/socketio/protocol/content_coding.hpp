#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio {

/// The content coding of a response's body (RFC 9110, section 8.4.1).
enum class content_coding : std::uint8_t { identity, gzip, deflate };

/// Returns the coding that an `Accept-Encoding` field prefers; at equal weight gzip before deflate.
[[nodiscard]] content_coding choose_content_coding(std::string_view accept_encoding);

/// The coding's name, as in `Content-Encoding`.
[[nodiscard]] std::string_view name_of(content_coding coding);

/// Returns the body in a coding. @throws std::bad_alloc
[[nodiscard]] std::string encode_content(content_coding coding, std::string_view body);

}  // namespace socketio
