#pragma once

#include <string_view>

namespace socketio::detail {

/// Checks that requests can have a path: it begins with a slash, and percent-encodes the characters
/// that need it (RFC 3986, section 3.3).
/// @param option the name of the path, for the exception's text
/// @throws std::invalid_argument if they cannot
void check_path(std::string_view option, std::string_view path);

}  // namespace socketio::detail
