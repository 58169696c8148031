#pragma once

#include <cstdint>

/// Bits of a frame's first two bytes (RFC 6455, section 5.2).
namespace socketio::websocket::frame_bits {

inline constexpr std::uint8_t fin = 0x80;
inline constexpr std::uint8_t rsv1 = 0x40;
inline constexpr std::uint8_t mask = 0x80;

}  // namespace socketio::websocket::frame_bits
