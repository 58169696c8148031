#include <socketio/protocol/packet_codec.hpp>

#include <algorithm>
#include <array>
#include <charconv>

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
  return {};
}

// Appends `type [attachments "-"] [nsp ","] [id]`.
void append_header(std::string& output, const packet_header& header) {
  auto type = header.type;
  if (header.attachments > 0 && type == packet_type::event) type = packet_type::binary_event;
  if (header.attachments > 0 && type == packet_type::ack) type = packet_type::binary_ack;
  output.push_back(static_cast<char>('0' + static_cast<int>(type)));
  if (header.attachments > 0) {
    append_number(output, header.attachments);
    output.push_back('-');
  }
  if (header.nsp != "/") output.append(header.nsp).push_back(',');
  if (header.id) append_number(output, *header.id);
}

// A packet whose attachments have not all arrived.
struct awaiting_attachments final : incomplete_packet {
  std::string text;
  std::size_t expected = 0;
  std::size_t bytes = 0;
  std::vector<shared_bytes> attachments;
};

class default_codec final : public packet_codec {
  packet_form encode(const packet_header& header, const encoded_arguments& /*values*/,
                     std::string& message) const override {
    append_header(message, header);
    return packet_form::text_before_values;
  }

  decode_result decode_text(std::string_view message,
                            std::unique_ptr<incomplete_packet>& incomplete,
                            packet_scratch& scratch) const override {
    if (std::exchange(incomplete, nullptr)) {
      return scratch.fail("text message while attachments are pending");
    }
    const auto result = decode(message, scratch, {});
    const auto expected = scratch.packet().header.attachments;
    if (result != decode_result::packet || expected == 0) return result;
    // Only a packet that is right so far is worth waiting for its attachments.
    auto awaiting = std::make_unique<awaiting_attachments>();
    awaiting->text = message;
    awaiting->expected = expected;
    incomplete = std::move(awaiting);
    return decode_result::need_more;
  }

  decode_result decode_binary(std::string&& message, std::unique_ptr<incomplete_packet>& incomplete,
                              packet_scratch& scratch) const override {
    if (!incomplete) return scratch.fail("binary message without a packet");
    auto& awaiting = static_cast<awaiting_attachments&>(*incomplete);
    awaiting.bytes += message.size();
    if (awaiting.bytes > scratch.limits().max_attachment_bytes) {
      incomplete.reset();
      return scratch.fail("attachments too large");
    }
    awaiting.attachments.emplace_back(std::move(message));
    if (awaiting.attachments.size() < awaiting.expected) return decode_result::need_more;
    auto attachments = std::move(awaiting.attachments);
    const auto text = scratch.keep(std::move(awaiting.text));
    incomplete.reset();
    return decode(text, scratch, std::move(attachments));
  }

  static decode_result decode(std::string_view message, packet_scratch& scratch,
                              std::vector<shared_bytes>&& attachments) {
    packet_header header;
    const auto wrong = take_header(message, header, scratch.limits().max_attachments);
    if (!wrong.empty()) return scratch.fail(wrong);
    return scratch.read(header, message, std::move(attachments));
  }
};

}  // namespace

const packet_codec& default_packet_codec() {
  static const default_codec instance;
  return instance;
}

}  // namespace socketio
