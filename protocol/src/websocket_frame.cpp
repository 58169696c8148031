#include <socketio/protocol/websocket_frame.hpp>

#include <algorithm>
#include <cstring>

#include "websocket_frame_bits.hpp"

namespace socketio::websocket {
namespace {

constexpr std::size_t max_control_payload = 125;
constexpr std::size_t close_code_size = 2;

std::string_view cut_to_code_points(std::string_view text, std::size_t max_size) {
  if (text.size() <= max_size) return text;
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  };
  auto size = max_size;
  while (size > 0 && is_continuation(text[size])) --size;
  return text.substr(0, size);
}

}  // namespace

bool is_valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

std::size_t write_frame_header(std::span<char, max_header_size> header, opcode code,
                               std::uint64_t payload_size, bool fin, bool compressed) {
  header[0] = static_cast<char>(static_cast<std::uint8_t>(code) | (fin ? frame_bits::fin : 0U) |
                                (compressed ? frame_bits::rsv1 : 0U));
  if (payload_size <= 125) {
    header[1] = static_cast<char>(payload_size);
    return 2;
  }
  const std::size_t length_size = payload_size <= 0xFFFF ? 2 : 8;
  header[1] = length_size == 2 ? 126 : 127;
  for (std::size_t i = 0; i < length_size; ++i) {
    header[2 + i] = static_cast<char>((payload_size >> (8 * (length_size - 1 - i))) & 0xFF);
  }
  return 2 + length_size;
}

void append_frame(std::string& output, opcode code, std::string_view payload, bool fin,
                  bool compressed) {
  std::array<char, max_header_size> header;
  const auto header_size = write_frame_header(header, code, payload.size(), fin, compressed);
  output.append(header.data(), header_size).append(payload);
}

void append_masked_frame(std::string& output, opcode code, std::string_view payload,
                         std::array<std::uint8_t, 4> key, bool fin, bool compressed) {
  std::array<char, max_header_size> header;
  const auto header_size = write_frame_header(header, code, payload.size(), fin, compressed);
  header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | frame_bits::mask);
  output.append(header.data(), header_size).append(key.begin(), key.end()).append(payload);
  apply_mask(std::span(output).last(payload.size()), key);
}

void append_close_frame(std::string& output, close_code code, std::string_view reason) {
  if (code == close_code::no_status) {
    append_frame(output, opcode::close, {});
    return;
  }
  const auto number = static_cast<std::uint16_t>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  payload += cut_to_code_points(reason, max_control_payload - close_code_size);
  append_frame(output, opcode::close, payload);
}

void apply_mask(std::span<char> payload, std::array<std::uint8_t, 4> key, std::size_t offset) {
  std::rotate(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(offset % key.size()),
              key.end());
  const std::array<std::array<std::uint8_t, 4>, 2> key_twice{key, key};
  std::uint64_t mask;
  std::memcpy(&mask, key_twice.data(), sizeof mask);
  while (payload.size() >= sizeof mask) {
    std::uint64_t word;
    std::memcpy(&word, payload.data(), sizeof word);
    word ^= mask;
    std::memcpy(payload.data(), &word, sizeof word);
    payload = payload.subspan(sizeof word);
  }
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ key[i % key.size()]);
  }
}

}  // namespace socketio::websocket
