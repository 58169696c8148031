#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/json.hpp>

/// Socket.IO protocol, revision 5.
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

/// What stands before a packet's JSON.
struct packet_header {
  packet_type type = packet_type::event;
  std::size_t attachments = 0;  ///< how many binary frames follow
  std::string_view nsp = "/";   ///< the namespace
  std::optional<std::uint64_t> id;
};

/// Appends a packet's header, `type [attachments "-"] [nsp ","] [id]`.
void append_packet_header(std::string& output, const packet_header& header);

/// Whether a name may not be used for an event: `connect`, `connect_error`, `disconnect`,
/// `disconnecting`, `newListener` and `removeListener`.
[[nodiscard]] bool is_reserved_event(std::string_view name);

/// A packet that was received.
struct decoded_packet {
  packet_header header;  ///< binary types are given as event and ack
  std::vector<json_view>
      values;                   ///< event: name and arguments; ack: arguments; connect: its payload
  std::string_view event_name;  ///< event: its name; a number is given as its digits
  std::string_view json;        ///< the text that the values are from
};

/// What a decoder accepts.
struct decoder_options {
  std::size_t max_attachments = 10;              ///< of one packet, and placeholders for them
  std::size_t max_attachment_bytes = 1'000'000;  ///< of one packet, in all; also with repetition

  decoder_options() = default;
};

/// What a decoder found in a message.
enum class decode_result : std::uint8_t {
  packet,     ///< packet() has it
  need_more,  ///< attachments are still to come
  error       ///< the connection has to be closed; error_message() says why
};

/// The memory that decoding needs, kept from packet to packet: one serves all decoders of a thread.
class packet_scratch {
 public:
  packet_scratch() = default;

 private:
  friend class packet_decoder;
  json_document document_;
  std::vector<std::string> attachments_;
  std::string text_;
  std::string event_name_;
  decoded_packet packet_;
};

/// Decodes the packets of one connection. Small while no packet is incomplete. Not thread-safe.
class packet_decoder {
 public:
  explicit packet_decoder(const decoder_options& options = {}) : options_(options) {}

  /// Takes a text message. On success the packet in `scratch` is valid until `scratch` is used
  /// again.
  decode_result text(std::string_view message, packet_scratch& scratch);
  /// Takes a binary message: an attachment of the packet before.
  decode_result binary(std::string&& message, packet_scratch& scratch);

  /// The packet found by the last call.
  [[nodiscard]] static const decoded_packet& packet(const packet_scratch& scratch) {
    return scratch.packet_;
  }
  /// Why the last call failed: a string literal.
  [[nodiscard]] std::string_view error_message() const { return error_; }

 private:
  // A packet whose attachments have not all arrived.
  struct pending {
    std::string text;
    std::size_t expected = 0;
    std::size_t bytes = 0;
    std::vector<std::string> attachments;
  };

  decode_result fail(std::string_view message);
  decode_result decode(std::string_view message, packet_scratch& scratch);

  decoder_options options_;
  std::unique_ptr<pending> pending_;
  std::string_view error_;
};

}  // namespace socketio
