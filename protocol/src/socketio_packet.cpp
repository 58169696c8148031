#include <algorithm>
#include <array>
#include <charconv>

#include <socketio/protocol/json_writer.hpp>
#include <socketio/protocol/socketio_packet.hpp>

#include "text.hpp"

namespace socketio {
namespace {

// Takes the digits at the front of the text; nothing if there are none or the value is too large.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && detail::is_digit(text[digits]); ++digits) {
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    if (value > max_ack_id) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

void append_number(std::string& output, std::uint64_t number) {
  std::array<char, 20> digits;
  output.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// Takes the header off the front of a message. Returns what is wrong with it, empty if nothing is.
std::string_view take_header(std::string_view& text, packet_header& header,
                             std::size_t max_attachments) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return "unknown packet type";
  header.type = static_cast<packet_type>(text.front() - '0');
  header.attachments = 0;
  header.nsp = "/";
  header.id.reset();
  text.remove_prefix(1);
  if (header.type == packet_type::binary_event || header.type == packet_type::binary_ack) {
    const auto count = take_number(text);
    if (!count || *count == 0 || text.empty() || text.front() != '-') {
      return "illegal number of attachments";
    }
    if (*count > max_attachments) return "too many attachments";
    header.attachments = static_cast<std::size_t>(*count);
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() == '/') {
    const auto comma = text.find(',');
    header.nsp = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  if (!text.empty() && detail::is_digit(text.front())) {
    header.id = take_number(text);
    if (!header.id) return "acknowledgement id out of range";
  }
  // RFC 8259, section 2: white space may stand before the JSON text.
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\r"), text.size()));
  return {};
}

}  // namespace

void append_packet_header(std::string& output, const packet_header& header) {
  output.push_back(static_cast<char>('0' + static_cast<int>(header.type)));
  if (header.type == packet_type::binary_event || header.type == packet_type::binary_ack) {
    append_number(output, header.attachments);
    output.push_back('-');
  }
  if (header.nsp != "/") output.append(header.nsp).push_back(',');
  if (header.id) append_number(output, *header.id);
}

bool is_reserved_event(std::string_view name) {
  constexpr std::array<std::string_view, 6> reserved = {
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

decode_result packet_decoder::fail(std::string_view message) {
  pending_.reset();
  error_ = message;
  return decode_result::error;
}

decode_result packet_decoder::text(std::string_view message, packet_scratch& scratch) {
  if (pending_) return fail("text message while attachments are pending");
  scratch.attachments_.clear();
  const auto result = decode(message, scratch);
  const auto expected = scratch.packet_.header.attachments;
  if (result != decode_result::packet || expected == 0) return result;
  // Only a packet that is right so far is worth waiting for its attachments.
  pending_ = std::make_unique<pending>();
  pending_->text = message;
  pending_->expected = expected;
  return decode_result::need_more;
}

decode_result packet_decoder::binary(std::string&& message, packet_scratch& scratch) {
  if (!pending_) return fail("binary message without a packet");
  pending_->bytes += message.size();
  if (pending_->bytes > options_.max_attachment_bytes) return fail("attachments too large");
  pending_->attachments.push_back(std::move(message));
  if (pending_->attachments.size() < pending_->expected) return decode_result::need_more;
  scratch.attachments_ = std::move(pending_->attachments);
  scratch.text_ = std::move(pending_->text);
  pending_.reset();
  return decode(scratch.text_, scratch);
}

decode_result packet_decoder::decode(std::string_view message, packet_scratch& scratch) {
  auto& packet = scratch.packet_;
  const auto& header = packet.header;
  packet.values.clear();
  packet.event_name = {};
  if (const auto wrong = take_header(message, packet.header, options_.max_attachments);
      !wrong.empty()) {
    return fail(wrong);
  }
  packet.json = message;
  if (header.type == packet_type::disconnect) {
    return message.empty() ? decode_result::packet : fail("disconnect packet with a payload");
  }
  if (header.type == packet_type::connect_error) {
    return fail("connect_error packet from a client");
  }
  if (message.empty()) {
    const bool is_event = header.type == packet_type::event;
    const bool is_binary = header.attachments > 0;
    return is_event || is_binary ? fail("missing payload") : decode_result::packet;
  }

  auto& document = scratch.document_;
  const bool is_compact = message.front() == '[' || message.front() == '{';
  if (!is_compact || !document.parse(message)) return fail("invalid JSON");
  if (!scratch.attachments_.empty()) {
    // A packet that is sent on has an attachment for each placeholder.
    placeholder_limits limits;
    limits.count = options_.max_attachments;
    limits.bytes = options_.max_attachment_bytes;
    if (!document.bind_attachments(scratch.attachments_, limits)) {
      return fail("illegal attachments");
    }
  }
  const auto root = document.root();
  if (header.type == packet_type::connect) {
    if (root.type() != json_type::object) return fail("connect payload is not an object");
    packet.values.push_back(root);
    return decode_result::packet;
  }
  if (root.type() != json_type::array) return fail("payload is not an array");
  root.elements(packet.values);
  if (header.type == packet_type::ack || header.type == packet_type::binary_ack) {
    packet.header.type = packet_type::ack;
    return decode_result::packet;
  }

  packet.header.type = packet_type::event;
  if (packet.values.empty()) return fail("event without a name");
  if (const auto name = packet.values.front().string()) {
    packet.event_name = *name;
  } else if (const auto number = packet.values.front().number()) {
    scratch.event_name_.clear();
    append_json_number(scratch.event_name_, *number);
    packet.event_name = scratch.event_name_;
  } else {
    return fail("event name is neither a string nor a number");
  }
  return is_reserved_event(packet.event_name) ? fail("reserved event name") : decode_result::packet;
}

}  // namespace socketio
