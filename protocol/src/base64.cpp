#include <socketio/protocol/base64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace socketio {
namespace {

using alphabet = std::array<char, 64>;

constexpr alphabet make_alphabet(char second_last, char last) {
  alphabet characters{};
  std::size_t position = 0;
  for (char c = 'A'; c <= 'Z'; ++c) characters[position++] = c;
  for (char c = 'a'; c <= 'z'; ++c) characters[position++] = c;
  for (char c = '0'; c <= '9'; ++c) characters[position++] = c;
  characters[position++] = second_last;
  characters[position] = last;
  return characters;
}

constexpr alphabet standard_alphabet = make_alphabet('+', '/');
constexpr alphabet url_alphabet = make_alphabet('-', '_');

constexpr std::uint8_t not_in_alphabet = 0xFF;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_in_alphabet);
  for (const auto& characters : {standard_alphabet, url_alphabet}) {
    for (std::size_t value = 0; value < characters.size(); ++value) {
      table[static_cast<unsigned char>(characters[value])] = static_cast<std::uint8_t>(value);
    }
  }
  return table;
}();

std::uint32_t byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<unsigned char>(bytes[position]);
}

std::uint32_t value_at(std::string_view text, std::size_t position) {
  return values[byte_at(text, position)];
}

// Appends the bytes as digits, without padding.
void append_digits(std::string& output, std::string_view bytes, const alphabet& characters) {
  const auto start = output.size();
  const auto remainder = bytes.size() % 3;
  output.resize(start + bytes.size() / 3 * 4 + (remainder == 0 ? 0 : remainder + 1));
  auto digit = output.begin() + static_cast<std::ptrdiff_t>(start);
  const auto put = [&](std::uint32_t group, unsigned digits) {
    for (unsigned i = 0; i < digits; ++i) *digit++ = characters[(group >> (18 - 6 * i)) & 63];
  };
  for (; bytes.size() >= 3; bytes.remove_prefix(3)) {
    put(byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8 | byte_at(bytes, 2), 4);
  }
  if (remainder == 1) put(byte_at(bytes, 0) << 16, 2);
  if (remainder == 2) put(byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8, 3);
}

}  // namespace

void append_base64(std::string& output, std::string_view bytes) {
  append_digits(output, bytes, standard_alphabet);
  if (const auto remainder = bytes.size() % 3; remainder != 0) output.append(3 - remainder, '=');
}

std::string encode_base64url(std::string_view bytes) {
  std::string encoded;
  append_digits(encoded, bytes, url_alphabet);
  return encoded;
}

std::string decode_base64(std::string_view text) {
  std::string decoded(text.size() / 4 * 3 + 2, '\0');
  auto output = decoded.begin();
  std::uint32_t group = 0;
  unsigned digits = 0;
  while (!text.empty()) {
    if (digits == 0 && text.size() >= 4) {
      // The fast path: nearly all text consists of whole groups.
      const auto a = value_at(text, 0), b = value_at(text, 1), c = value_at(text, 2),
                 d = value_at(text, 3);
      if ((a | b | c | d) < 64) {
        group = a << 18 | b << 12 | c << 6 | d;
        *output++ = static_cast<char>(group >> 16);
        *output++ = static_cast<char>(group >> 8 & 0xFF);
        *output++ = static_cast<char>(group & 0xFF);
        text.remove_prefix(4);
        continue;
      }
    }
    if (text.front() == '=') break;
    const auto value = value_at(text, 0);
    text.remove_prefix(1);
    if (value == not_in_alphabet) continue;
    // Each digit after a group's first completes one byte.
    group = group << 6 | value;
    if (digits != 0) *output++ = static_cast<char>(group >> (6 - 2 * digits) & 0xFF);
    digits = (digits + 1) % 4;
  }
  decoded.erase(output, decoded.end());
  return decoded;
}

}  // namespace socketio
