#pragma once

#include <string_view>

namespace socketio {

/// Whether content of a media type, parameters allowed, is worth compressing: text, and what is
/// written as text or is as repetitive; not what is compressed already.
[[nodiscard]] bool is_compressible(std::string_view media_type);

}  // namespace socketio
