#pragma once

#include <charconv>
#include <string>
#include <string_view>

/// The bytes that hexadecimal digits name; blanks between them are passed over.
[[nodiscard]] inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  std::string pair;
  for (const char digit : digits) {
    if (digit == ' ') continue;
    pair.push_back(digit);
    if (pair.size() < 2) continue;
    unsigned byte = 0;
    std::from_chars(pair.data(), pair.data() + 2, byte, 16);
    bytes.push_back(static_cast<char>(byte));
    pair.clear();
  }
  return bytes;
}

/// The hexadecimal digits of bytes.
[[nodiscard]] inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.append({digits[byte >> 4U], digits[byte & 0xFU]});
  }
  return text;
}
