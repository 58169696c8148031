#include "encoded_packet.hpp"

namespace socketio::detail {

packet_header header_for(packet_type type, const encoded_arguments& values, std::string_view nsp,
                         std::optional<std::uint64_t> ack_id) {
  packet_header header;
  header.type = type;
  header.attachments = values.attachments.size();
  if (header.attachments > 0) {
    header.type = type == packet_type::event ? packet_type::binary_event : packet_type::binary_ack;
  }
  header.nsp = nsp;
  header.id = ack_id;
  return header;
}

encoded_packet encode_event(const encoded_arguments& event, std::string_view nsp,
                            std::optional<std::uint64_t> ack_id) {
  std::string text;
  append_packet_header(text, header_for(packet_type::event, event, nsp, ack_id));
  text.append(event.json);
  encoded_packet packet;
  packet.reserve(1 + event.attachments.size());
  packet.push_back(engineio::encoded_message::text(text));
  for (const auto& attachment : event.attachments) {
    packet.push_back(engineio::encoded_message::binary(attachment));
  }
  return packet;
}

}  // namespace socketio::detail
