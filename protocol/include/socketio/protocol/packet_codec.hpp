#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/protocol/socketio_packet.hpp>

namespace socketio {

/// What a connection keeps of a packet of which not all messages have arrived.
class incomplete_packet {
 public:
  virtual ~incomplete_packet() = default;
  incomplete_packet(const incomplete_packet&) = delete;
  incomplete_packet& operator=(const incomplete_packet&) = delete;

 protected:
  incomplete_packet() = default;
};

/// How an encoded packet becomes messages.
enum class packet_form : std::uint8_t {
  /// A text message, which goes on with the values' JSON, and a binary message for each attachment.
  text_before_values,
  whole_text,   ///< a text message
  whole_binary  ///< a binary message
};

/// How packets look as messages of Engine.IO; the clients have to use the same. Thread-safe, since
/// it has no state.
class packet_codec {
 public:
  virtual ~packet_codec() = default;
  packet_codec(const packet_codec&) = delete;
  packet_codec& operator=(const packet_codec&) = delete;

  /// Encodes a packet.
  /// @param header of the type event or ack also with attachments
  /// @param message receives the message, or its part before the values; empty, but may have memory
  virtual packet_form encode(const packet_header& header, const encoded_arguments& values,
                             std::string& message) const = 0;

  /// Decodes a text message, or a binary one. The packet is valid until the scratch is used again,
  /// and as long as a text message.
  /// @param incomplete null, or what the connection's message before has left there
  virtual decode_result decode_text(std::string_view message,
                                    std::unique_ptr<incomplete_packet>& incomplete,
                                    packet_scratch& scratch) const = 0;
  virtual decode_result decode_binary(std::string&& message,
                                      std::unique_ptr<incomplete_packet>& incomplete,
                                      packet_scratch& scratch) const = 0;

 protected:
  packet_codec() = default;
};

/// The format of the official clients' default parser: a text message and one for each attachment.
[[nodiscard]] const packet_codec& default_packet_codec();

/// Decodes the packets of one connection. Small while no packet is incomplete. Not thread-safe.
class packet_decoder {
 public:
  explicit packet_decoder(const packet_codec& codec = default_packet_codec()) : codec_(&codec) {}

  decode_result text(std::string_view message, packet_scratch& scratch) {
    return codec_->decode_text(message, incomplete_, scratch);
  }
  decode_result binary(std::string&& message, packet_scratch& scratch) {
    return codec_->decode_binary(std::move(message), incomplete_, scratch);
  }

 private:
  const packet_codec* codec_;
  std::unique_ptr<incomplete_packet> incomplete_;
};

}  // namespace socketio
