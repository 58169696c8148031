#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/json.hpp>

/// Packets of the Socket.IO protocol, revision 5, independent of how they are encoded.
namespace socketio {

/// The packet types; the value plus '0' is the character on the wire.
enum class packet_type : std::uint8_t {
  connect,
  disconnect,
  event,
  ack,
  connect_error,
  binary_event,
  binary_ack
};

/// The largest ack id that is accepted: above it JavaScript's numbers are not exact.
inline constexpr std::uint64_t max_ack_id = (std::uint64_t{1} << 53U) - 1;

/// What a packet has beside its values.
struct packet_header {
  packet_type type = packet_type::event;
  std::size_t attachments = 0;  ///< how many binary values it has
  std::string_view nsp = "/";   ///< the namespace
  std::optional<std::uint64_t> id;
};

/// Whether a name may not be used for an event: `connect`, `connect_error`, `disconnect`,
/// `disconnecting`, `newListener` and `removeListener`.
[[nodiscard]] constexpr bool is_reserved_event(std::string_view name) {
  constexpr std::array<std::string_view, 6> reserved = {
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::ranges::find(reserved, name) != reserved.end();
}

/// A packet's values, independent of the codec: JSON with a placeholder for each binary value.
struct encoded_arguments {
  std::string json;  ///< its placeholders are as append_placeholder() writes them
  std::vector<shared_bytes> attachments;  ///< the bytes of the placeholders
};

/// A packet that was received.
struct decoded_packet {
  packet_header header;  ///< with the types event and ack also for binary_event and binary_ack
  std::vector<json_view>
      values;                   ///< event: name and arguments; ack: arguments; connect: its payload
  std::string_view event_name;  ///< event: its name; a number is given as its digits
  std::string_view json;        ///< the text that the values are from
  std::span<const shared_bytes> attachments;  ///< the bytes of its placeholders
};

/// What is accepted from clients.
struct decoder_options {
  std::size_t max_attachments = 10;              ///< of one packet, and placeholders for them
  std::size_t max_attachment_bytes = 1'000'000;  ///< of one packet, in all; also with repetition

  decoder_options() = default;
};

/// What decoding a message came to.
enum class decode_result : std::uint8_t {
  packet,     ///< packet_scratch::packet() has it
  need_more,  ///< further messages are still to come
  error       ///< the connection has to be closed; packet_scratch::error() says why
};

/// Where codecs decode packets: the limits, the result, and the memory, which is kept from packet
/// to packet. One serves all connections of a thread.
class packet_scratch {
 public:
  explicit packet_scratch(const decoder_options& limits = {}) : limits_(limits) {}

  [[nodiscard]] const decoder_options& limits() const { return limits_; }

  /// Reads the values of a packet and checks it.
  /// @param header has to stay valid, and so has the text, as long as the packet is used
  /// @param text the values as JSON with placeholders; empty for none. May begin with white space.
  /// @param attachments the bytes of the placeholders; if there are none although the header
  /// announces some, the placeholders stay as they are
  /// @param others what to do about placeholders of no attachment
  decode_result read(const packet_header& header, std::string_view text,
                     std::vector<shared_bytes>&& attachments = {},
                     other_placeholders others = other_placeholders::refused);
  /// The same for a codec that has the values as a json, in which bytes are binary values; null for
  /// none. Refuses objects that look like placeholders beside them. Copies what it needs.
  decode_result read_value(const packet_header& header, const json& values);
  /// Notes why a message is refused.
  /// @param why a string literal
  decode_result fail(std::string_view why) {
    error_ = why;
    return decode_result::error;
  }

  /// The packet that was read last.
  [[nodiscard]] const decoded_packet& packet() const { return packet_; }
  /// Why the last message was refused.
  [[nodiscard]] std::string_view error() const { return error_; }

  /// Returns an empty text to write into, which may have memory. Give it back to keep().
  [[nodiscard]] std::string take_text();
  /// Keeps a text for the packet that is read from it.
  [[nodiscard]] std::string_view keep(std::string&& text) { return text_ = std::move(text); }

 private:
  decoder_options limits_;
  json_document document_;
  std::vector<shared_bytes> attachments_;
  std::string text_;
  std::string event_name_;
  decoded_packet packet_;
  std::string_view error_;
};

}  // namespace socketio
