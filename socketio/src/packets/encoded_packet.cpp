#include "encoded_packet.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace socketio::detail {
namespace {

// Whether objects that only look like placeholders are among the values.
bool has_other_placeholders(const encoded_arguments& values) {
  constexpr std::string_view mark = "_placeholder\"";
  std::size_t marks = 0;
  for (auto at = values.json.find(mark); at != std::string::npos;
       at = values.json.find(mark, at + mark.size())) {
    ++marks;
  }
  // A key may also be written with escapes, in raw_json.
  if (marks == values.attachments.size() && values.json.find("\\u") == std::string::npos) {
    return false;
  }
  placeholder_limits own;
  own.count = values.attachments.size();
  json_document document;
  return document.parse(values.json) && !document.bind_attachments(values.attachments, own);
}

}  // namespace

void check_attachments(const encoded_arguments& values, std::size_t max_attachments) {
  constexpr std::size_t accepted_by_clients = 10;
  const auto limit = std::max(max_attachments, accepted_by_clients);
  if (values.attachments.size() > limit) {
    throw std::invalid_argument(
        "an event or acknowledgement has " + std::to_string(values.attachments.size()) +
        " binary values; the limit, max_attachments, is " + std::to_string(limit));
  }
  check_placeholders(values);
}

void check_placeholders(const encoded_arguments& values) {
  if (has_other_placeholders(values)) {
    throw std::invalid_argument(
        "an object with \"_placeholder\": true cannot be sent together with binary values");
  }
}

packet_header header_for(packet_type type, const encoded_arguments& values, std::string_view nsp,
                         std::optional<std::uint64_t> ack_id) {
  packet_header header;
  header.type = type;
  header.attachments = values.attachments.size();
  header.nsp = nsp;
  header.id = ack_id;
  return header;
}

encoded_packet encode_event(const packet_codec& codec, const encoded_arguments& event,
                            std::string_view nsp, std::optional<std::uint64_t> ack_id,
                            bool compress) {
  using engineio::encoded_message;
  std::string message;
  const auto form =
      codec.encode(header_for(packet_type::event, event, nsp, ack_id), event, message);
  if (form == packet_form::whole_binary) {
    return {encoded_message::binary(shared_bytes(std::move(message)), compress)};
  }
  if (form == packet_form::whole_text) return {encoded_message::text(message, compress)};
  encoded_packet packet;
  packet.reserve(1 + event.attachments.size());
  packet.push_back(encoded_message::text(message.append(event.json), compress));
  for (const auto& attachment : event.attachments) {
    packet.push_back(encoded_message::binary(attachment, compress));
  }
  return packet;
}

}  // namespace socketio::detail
