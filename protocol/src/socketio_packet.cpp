#include <algorithm>
#include <utility>

#include <socketio/protocol/json_writer.hpp>
#include <socketio/protocol/socketio_packet.hpp>

#include "text.hpp"

namespace socketio {
namespace {

bool is_too_deep(const json& value, std::size_t left) {
  if (!value.is_structured()) return false;
  return left == 0 || std::any_of(value.begin(), value.end(), [left](const json& element) {
           return is_too_deep(element, left - 1);
         });
}

bool has_placeholder(const json& value) {
  if (value.is_object()) {
    const auto mark = value.find("_placeholder");
    if (mark != value.end() && mark->is_boolean() && mark->get<bool>()) return true;
  }
  return value.is_structured() && std::any_of(value.begin(), value.end(), has_placeholder);
}

}  // namespace

std::string packet_scratch::take_text() {
  // The memory of one large packet is not held for ever.
  constexpr std::size_t kept_capacity = std::size_t{256} * 1024;
  auto text = std::exchange(text_, {});
  if (text.capacity() > kept_capacity) return {};
  text.clear();
  return text;
}

decode_result packet_scratch::read_value(const packet_header& header, const json& values) {
  if (is_too_deep(values, max_json_depth)) return fail("nested too deeply");
  auto text = take_text();
  std::vector<shared_bytes> attachments;
  if (!values.is_null()) append_json(text, values, attachments);
  if (attachments.size() > limits_.max_attachments) return fail("too many attachments");
  if (!attachments.empty() && has_placeholder(values)) return fail("illegal attachments");
  const auto size = text.size();
  text.append(header.nsp);
  const auto kept = keep(std::move(text));
  auto kept_header = header;
  kept_header.attachments = attachments.size();
  kept_header.nsp = kept.substr(size);
  return read(kept_header, kept.substr(0, size), std::move(attachments));
}

decode_result packet_scratch::read(const packet_header& header, std::string_view text,
                                   std::vector<shared_bytes>&& attachments,
                                   other_placeholders others) {
  error_ = {};
  attachments_ = std::move(attachments);
  packet_.header = header;
  packet_.values.clear();
  packet_.event_name = {};
  text.remove_prefix(std::min(text.find_first_not_of(detail::json_white_space), text.size()));
  packet_.json = text;
  packet_.attachments = attachments_;
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
    limits.others = others;
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
