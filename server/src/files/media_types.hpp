#pragma once

#include <string_view>

namespace socketio::detail {

/// Whether content of a media type (which may have parameters) is worth compressing: text and
/// similarly repetitive formats, but not compressed ones.
[[nodiscard]] bool is_compressible(std::string_view media_type);

}  // namespace socketio::detail
