#include <array>
#include <charconv>
#include <cstdint>

#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/engineio_codec.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio::engineio {
namespace {

// The type of a binary message: a byte, not a digit.
constexpr char message_byte = '\x04';
// Before a binary message in base64: that it is one, and its type.
constexpr std::string_view base64_mark = "b4";

// In a binary payload: the first byte of a packet, and what ends its length, whose digits are bytes
// from 0 to 9.
constexpr char text_mark = '\x00';
constexpr char binary_mark = '\x01';
constexpr char binary_length_end = '\xFF';
// In a payload of text.
constexpr char text_length_end = ':';

// Takes a length off the front of a payload; nothing if there is none.
// @param zero the digit 0
std::optional<std::uint64_t> take_length(std::string_view& rest, char zero, char end) {
  // Those of the largest number that JavaScript counts up to.
  constexpr std::size_t max_digits = 16;
  std::uint64_t length = 0;
  std::size_t digits = 0;
  for (; digits < rest.size() && rest[digits] != end; ++digits) {
    const auto digit = static_cast<unsigned char>(rest[digits] - zero);
    if (digit > 9 || digits == max_digits) return std::nullopt;
    length = length * 10 + digit;
  }
  if (digits == 0 || digits == rest.size()) return std::nullopt;
  rest.remove_prefix(digits + 1);
  return length;
}

void append_length(std::string& payload, std::size_t length, char zero, char end) {
  std::array<char, 20> digits;
  const auto* last = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
  for (const auto* digit = digits.data(); digit != last; ++digit) {
    payload.push_back(static_cast<char>(*digit - '0' + zero));
  }
  payload.push_back(end);
}

std::optional<packet> decode_text(std::string_view text) {
  auto found = decode_packet(text);
  if (found && found->base64) {
    if (!text.starts_with(base64_mark)) return std::nullopt;
    found->data = text.substr(base64_mark.size());
  }
  return found;
}

// Only messages are sent as bytes.
std::optional<packet> decode_bytes(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != message_byte) return std::nullopt;
  return packet{packet_type::message, bytes.substr(1), true};
}

class revision_3 final : public codec {
  [[nodiscard]] std::string_view revision() const override { return "3"; }
  [[nodiscard]] bool server_pings() const override { return false; }

  [[nodiscard]] std::string_view text_head(packet_type type) const override {
    return codec_4().text_head(type);
  }
  [[nodiscard]] std::string_view binary_head() const override { return {&message_byte, 1}; }
  [[nodiscard]] std::string_view base64_head() const override { return base64_mark; }
  [[nodiscard]] bool shares_frames(bool binary) const override { return !binary; }
  [[nodiscard]] std::optional<packet> decode_frame(std::string_view frame,
                                                   bool binary) const override {
    return binary ? decode_bytes(frame) : decode_text(frame);
  }

  [[nodiscard]] bool has_binary_payloads() const override { return true; }
  void append(std::string& payload, const packet& added, bool binary_payload) const override {
    if (binary_payload) {
      append_to_bytes(payload, added);
    } else {
      append_to_text(payload, added);
    }
  }
  [[nodiscard]] std::optional<packet> take_packet(payload_view& payload) const override {
    const auto taken =
        payload.binary ? take_from_bytes(payload.rest) : take_from_text(payload.rest);
    payload.more = !payload.rest.empty();
    return taken;
  }

  // A packet in a payload of text: its length in UTF-16 code units, `:`, and its text.

  void append_to_text(std::string& payload, const packet& added) const {
    if (added.binary) {
      append_length(payload, base64_mark.size() + base64_size(added.data.size()), '0',
                    text_length_end);
      payload.append(base64_mark);
      append_base64(payload, added.data);
    } else {
      append_length(payload, 1 + utf16_size(added.data), '0', text_length_end);
      payload.append(text_head(added.type)).append(added.data);
    }
  }

  static std::optional<packet> take_from_text(std::string_view& rest) {
    const auto length = take_length(rest, '0', text_length_end);
    const auto size = length ? utf16_prefix(rest, *length) : std::nullopt;
    if (!size) return std::nullopt;
    const auto text = rest.substr(0, *size);
    rest.remove_prefix(*size);
    // As in the reference server, a packet may lack even its type, and then does nothing.
    return text.empty() ? packet{} : decode_text(text);
  }

  // A packet in a binary payload: a byte that says what it is, its length in bytes, and its text or
  // bytes.

  void append_to_bytes(std::string& payload, const packet& added) const {
    payload.push_back(added.binary ? binary_mark : text_mark);
    append_length(payload, 1 + added.data.size(), '\x00', binary_length_end);
    payload.append(added.binary ? binary_head() : text_head(added.type)).append(added.data);
  }

  static std::optional<packet> take_from_bytes(std::string_view& rest) {
    if (rest.empty() || (rest.front() != text_mark && rest.front() != binary_mark)) return {};
    const bool binary = rest.front() == binary_mark;
    rest.remove_prefix(1);
    const auto length = take_length(rest, '\x00', binary_length_end);
    if (!length || *length > rest.size()) return std::nullopt;
    const auto data = rest.substr(0, *length);
    rest.remove_prefix(*length);
    if (binary) return decode_bytes(data);
    return is_valid_utf8(data) ? decode_text(data) : std::nullopt;
  }
};

}  // namespace

const codec& codec_3() {
  static const revision_3 instance;
  return instance;
}

}  // namespace socketio::engineio
