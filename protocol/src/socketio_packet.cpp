#include <algorithm>
#include <array>

#include <socketio/protocol/json_writer.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio {
bool is_reserved_event(std::string_view name) {
  constexpr std::array<std::string_view, 6> reserved = {
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

decode_result packet_scratch::read(const packet_header& header, std::string_view text,
                                   std::vector<std::string>&& attachments) {
  error_ = {};
  attachments_ = std::move(attachments);
  packet_.header = header;
  packet_.values.clear();
  packet_.event_name = {};
  // RFC 8259, section 2: white space may stand before the JSON text.
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\r"), text.size()));
  packet_.json = text;
  if (header.type == packet_type::disconnect) {
    return text.empty() ? decode_result::packet : fail("disconnect packet with a payload");
  }
  if (header.type == packet_type::connect_error) {
    return fail("connect_error packet from a client");
  }
  if (text.empty()) {
    const bool is_event = header.type == packet_type::event;
    const bool is_binary = header.attachments > 0;
    return is_event || is_binary ? fail("missing payload") : decode_result::packet;
  }

  const bool is_compact = text.front() == '[' || text.front() == '{';
  if (!is_compact || !document_.parse(text)) return fail("invalid JSON");
  if (!attachments_.empty()) {
    // A packet that is sent on has an attachment for each placeholder.
    placeholder_limits limits;
    limits.count = limits_.max_attachments;
    limits.bytes = limits_.max_attachment_bytes;
    if (!document_.bind_attachments(attachments_, limits)) return fail("illegal attachments");
  }
  const auto root = document_.root();
  if (header.type == packet_type::connect) {
    if (root.type() != json_type::object) return fail("connect payload is not an object");
    packet_.values.push_back(root);
    return decode_result::packet;
  }
  if (root.type() != json_type::array) return fail("payload is not an array");
  root.elements(packet_.values);
  if (header.type == packet_type::ack || header.type == packet_type::binary_ack) {
    packet_.header.type = packet_type::ack;
    return decode_result::packet;
  }

  packet_.header.type = packet_type::event;
  if (packet_.values.empty()) return fail("event without a name");
  if (const auto name = packet_.values.front().string()) {
    packet_.event_name = *name;
  } else if (const auto number = packet_.values.front().number()) {
    event_name_.clear();
    append_json_number(event_name_, *number);
    packet_.event_name = event_name_;
  } else {
    return fail("event name is neither a string nor a number");
  }
  return is_reserved_event(packet_.event_name) ? fail("reserved event name")
                                               : decode_result::packet;
}

}  // namespace socketio
