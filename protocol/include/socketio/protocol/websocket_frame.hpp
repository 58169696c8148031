#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

/// WebSocket, RFC 6455.
namespace socketio::websocket {

/// The kinds of frames (section 5.2).
enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

/// Why a connection closes (section 7.4.1). An application may send 1000, 1001, 1003, 1007 to 1014
/// and 3000 to 4999.
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005,  ///< never on the wire: the close frame had no code
  abnormal = 1006,   ///< never on the wire: the connection ended without a close frame
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  mandatory_extension = 1010,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014
};

/// Whether a code may stand in a close frame (section 7.4 and the IANA registry).
[[nodiscard]] bool is_valid_close_code(std::uint16_t code);

/// A frame's header as it was received (section 5.2).
struct frame_header {
  bool fin = true;
  bool rsv1 = false;
  bool rsv2 = false;
  bool rsv3 = false;
  opcode code = opcode::continuation;  ///< may be a reserved one
  bool masked = false;
  std::uint64_t payload_size = 0;     ///< declared, in bytes
  std::array<std::uint8_t, 4> key{};  ///< zeros if the frame is not masked
  std::size_t size = 0;               ///< bytes of the header itself
};

/// Reads the header at the front of the bytes; nothing if it is incomplete. Does not validate it:
/// opcode and bits may be reserved, and the length may take more bytes than it needs.
[[nodiscard]] std::optional<frame_header> read_frame_header(std::string_view bytes);

/// The longest header a server sends: two bytes and a 64-bit length.
inline constexpr std::size_t max_header_size = 10;

/// Writes the header of an unmasked frame into `header` and returns its size in bytes.
/// @param compressed sets RSV1, which permessage-deflate (RFC 7692) uses.
std::size_t write_frame_header(std::span<char, max_header_size> header, opcode code,
                               std::uint64_t payload_size, bool fin = true,
                               bool compressed = false);

/// Appends a whole unmasked frame to `output`.
void append_frame(std::string& output, opcode code, std::string_view payload, bool fin = true,
                  bool compressed = false);

/// Appends a whole frame masked with `key`, as clients send them (section 5.3).
void append_masked_frame(std::string& output, opcode code, std::string_view payload,
                         std::array<std::uint8_t, 4> key, bool fin = true, bool compressed = false);

/// Appends an unmasked close frame; close_code::no_status makes its payload empty. Cuts the reason
/// after a whole code point so that the payload fits into 125 bytes.
void append_close_frame(std::string& output, close_code code, std::string_view reason = {});

/// Masks or unmasks in place; `offset` is the position of the first byte within the payload.
void apply_mask(std::span<char> payload, std::array<std::uint8_t, 4> key, std::size_t offset = 0);

// Inline, so that the parser keeps the header of each frame in registers.
inline std::optional<frame_header> read_frame_header(std::string_view bytes) {
  const auto byte_at = [&](std::size_t position) {
    return static_cast<std::uint8_t>(bytes[position]);
  };
  std::optional<frame_header> header;
  if (bytes.size() < 2) return header;
  const auto first = byte_at(0);
  const auto second = byte_at(1);
  const bool masked = (second & 0x80) != 0;
  std::uint64_t length = second & 0x7F;
  const std::size_t length_size = length <= 125 ? 0 : length == 126 ? 2 : 8;
  const auto size = 2 + length_size + (masked ? sizeof frame_header::key : 0);
  if (bytes.size() < size) return header;

  if (length_size != 0) length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length = length << 8 | byte_at(2 + i);
  header.emplace();
  header->fin = (first & 0x80) != 0;
  header->rsv1 = (first & 0x40) != 0;
  header->rsv2 = (first & 0x20) != 0;
  header->rsv3 = (first & 0x10) != 0;
  header->code = static_cast<opcode>(first & 0x0F);
  header->masked = masked;
  header->payload_size = length;
  if (masked) std::memcpy(header->key.data(), &bytes[2 + length_size], sizeof header->key);
  header->size = size;
  return header;
}

}  // namespace socketio::websocket
