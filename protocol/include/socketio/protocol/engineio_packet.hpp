#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

/// Engine.IO protocol.
namespace socketio::engineio {

/// The packet types; the value is the character on the wire.
enum class packet_type : char {
  open = '0',
  close = '1',
  ping = '2',
  pong = '3',
  message = '4',
  upgrade = '5',
  noop = '6'
};

/// Separates the packets of a polling payload of revision 4 (ASCII record separator).
inline constexpr char record_separator = '\x1e';

/// A packet of a text frame or of a polling payload.
struct packet {
  packet_type type = packet_type::noop;
  /// What comes after the type: text, or the bytes of a binary message, perhaps in base64.
  std::string_view data;
  /// Whether it is a binary message.
  bool binary = false;
  /// Whether data is base64: a binary message in text, which began with `b`.
  bool base64 = false;
};

/// Reads one packet of text; nothing if it is empty or its type unknown. Its `data` points into
/// `text`.
[[nodiscard]] std::optional<packet> decode_packet(std::string_view text);

/// Appends a text packet to a polling payload of revision 4, after a separator unless the payload
/// is empty.
void append_packet(std::string& payload, packet_type type, std::string_view data);

/// Appends a binary message to such a payload as base64, after a separator as above.
void append_binary_packet(std::string& payload, std::string_view bytes);

}  // namespace socketio::engineio
