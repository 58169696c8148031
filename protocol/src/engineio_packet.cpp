#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/engineio_packet.hpp>

namespace socketio::engineio {
namespace {

void separate(std::string& payload) {
  if (!payload.empty()) payload.push_back(record_separator);
}

}  // namespace

std::optional<packet> decode_packet(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char type = text.front();
  text.remove_prefix(1);
  if (type == 'b') return packet{packet_type::message, text, true, true};
  if (type < '0' || type > '6') return std::nullopt;
  return packet{static_cast<packet_type>(type), text};
}

void append_packet(std::string& payload, packet_type type, std::string_view data) {
  separate(payload);
  payload.push_back(static_cast<char>(type));
  payload.append(data);
}

void append_binary_packet(std::string& payload, std::string_view bytes) {
  separate(payload);
  payload.push_back('b');
  append_base64(payload, bytes);
}

}  // namespace socketio::engineio
