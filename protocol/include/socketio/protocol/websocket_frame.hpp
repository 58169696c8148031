#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// WebSocket, RFC 6455.
namespace socketio::websocket {

/// Section 5.2.
enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

/// Section 7.4.1. An application may send 1000, 1001, 1003, 1007 to 1014 and 3000 to 4999.
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

/// Appends an unmasked close frame; close_code::no_status makes its payload empty. The reason is
/// cut at a code point's end so that the payload fits into 125 bytes.
void append_close_frame(std::string& output, close_code code, std::string_view reason = {});

/// Masks or unmasks in place; `offset` is the position of the first byte within the payload.
void apply_mask(std::span<char> payload, std::array<std::uint8_t, 4> key, std::size_t offset = 0);

}  // namespace socketio::websocket
