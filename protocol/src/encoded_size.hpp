#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace socketio::detail {

/// The largest number of bytes that append_size() appends.
constexpr std::size_t max_encoded_size = (std::numeric_limits<std::size_t>::digits + 6) / 7;

/// Appends a size: seven bits a byte, the lowest first, the eighth set in all bytes but the last.
inline void append_size(std::string& encoded, std::size_t size) {
  for (; size >= 0x80U; size >>= 7U) encoded.push_back(static_cast<char>(size | 0x80U));
  encoded.push_back(static_cast<char>(size));
}

/// Reads a size that append_size() wrote, and moves the position past it.
inline std::size_t take_size(const char*& position) {
  std::size_t size = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*position++);
    size |= std::size_t{byte & 0x7FU} << shift;
    if (byte < 0x80U) return size;
  }
}

}  // namespace socketio::detail
