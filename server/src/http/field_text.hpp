#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// The text of header fields, byte by byte (RFC 9110, section 5.5). Inline, because every request
/// and every response goes through it.
namespace socketio::detail {

/// Whether a field's value may have that byte: any except controls, also those above ASCII.
constexpr bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// The number of leading bytes that are text other than tabs. Checks eight at a time.
inline std::size_t text_prefix(std::string_view bytes) {
  constexpr std::uint64_t each = 0x0101010101010101;
  constexpr std::uint64_t high_bits = each * 0x80;
  std::size_t size = 0;
  for (; bytes.size() - size >= sizeof(std::uint64_t); size += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + size, sizeof(word));
    const auto below_blank = (word - each * 0x20) & ~word;
    const auto no_delete = word ^ (each * 0x7f);
    const auto is_delete = (no_delete - each) & ~no_delete;
    if (((below_blank | is_delete) & high_bits) != 0) break;
  }
  while (size < bytes.size() && bytes[size] != '\t' && is_text(bytes[size])) ++size;
  return size;
}

/// Whether all bytes may stand in a field's value.
inline bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(text_prefix(bytes)), bytes.end(),
                     [](char c) { return is_text(c); });
}

}  // namespace socketio::detail
