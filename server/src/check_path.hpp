#pragma once

#include <string_view>

namespace socketio {

/// Checks that requests may have a path: it begins with a slash, and is percent-encoded where it
/// has to be (RFC 3986, section 3.3).
/// @param option what the path is, for the exception's text
/// @throws std::invalid_argument if it does not
void check_path(std::string_view option, std::string_view path);

}  // namespace socketio
