#pragma once

#include <cstdint>

/// The first byte of each form of a value (MessagePack specification, "Formats"), and the types of
/// extensions that notepack.io has.
namespace socketio::detail::msgpack {

inline constexpr std::uint8_t fixmap = 0x80;
inline constexpr std::uint8_t fixarray = 0x90;
inline constexpr std::uint8_t fixstr = 0xA0;
inline constexpr std::uint8_t nil = 0xC0;
inline constexpr std::uint8_t false_value = 0xC2;
inline constexpr std::uint8_t true_value = 0xC3;
inline constexpr std::uint8_t bin_8 = 0xC4;
inline constexpr std::uint8_t bin_16 = 0xC5;
inline constexpr std::uint8_t bin_32 = 0xC6;
inline constexpr std::uint8_t ext_8 = 0xC7;
inline constexpr std::uint8_t ext_16 = 0xC8;
inline constexpr std::uint8_t ext_32 = 0xC9;
inline constexpr std::uint8_t float_32 = 0xCA;
inline constexpr std::uint8_t float_64 = 0xCB;
inline constexpr std::uint8_t uint_8 = 0xCC;
inline constexpr std::uint8_t uint_16 = 0xCD;
inline constexpr std::uint8_t uint_32 = 0xCE;
inline constexpr std::uint8_t uint_64 = 0xCF;
inline constexpr std::uint8_t int_8 = 0xD0;
inline constexpr std::uint8_t int_16 = 0xD1;
inline constexpr std::uint8_t int_32 = 0xD2;
inline constexpr std::uint8_t int_64 = 0xD3;
inline constexpr std::uint8_t fixext_1 = 0xD4;
inline constexpr std::uint8_t fixext_2 = 0xD5;
inline constexpr std::uint8_t fixext_4 = 0xD6;
inline constexpr std::uint8_t fixext_8 = 0xD7;
inline constexpr std::uint8_t fixext_16 = 0xD8;
inline constexpr std::uint8_t str_8 = 0xD9;
inline constexpr std::uint8_t str_16 = 0xDA;
inline constexpr std::uint8_t str_32 = 0xDB;
inline constexpr std::uint8_t array_16 = 0xDC;
inline constexpr std::uint8_t array_32 = 0xDD;
inline constexpr std::uint8_t map_16 = 0xDE;
inline constexpr std::uint8_t map_32 = 0xDF;
inline constexpr std::uint8_t negative_fixint = 0xE0;

/// Above it the value is no positive fixint.
inline constexpr std::uint8_t max_positive_fixint = 0x7F;

/// With one byte `undefined`, with eight a date, with a size of its own an ArrayBuffer.
inline constexpr std::int8_t notepack_type = 0;

}  // namespace socketio::detail::msgpack
