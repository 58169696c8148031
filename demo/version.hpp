#pragma once

#include <string_view>

/// The library's version, as CMakeLists.txt has it.
inline constexpr std::string_view library_version = SOCKETIO_VERSION;
