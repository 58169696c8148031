#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/engineio_packet.hpp>

namespace socketio::engineio {

/// A polling payload that is being read.
struct payload_view {
  std::string_view rest;  ///< what has not been read
  bool binary = false;    ///< whether it arrived as application/octet-stream
  bool more = true;       ///< whether there is another packet
};

/// A revision of the Engine.IO protocol: how packets look in frames and payloads, and who pings.
/// A session has the one that its client names. Thread-safe, since it has no state.
class codec {
 public:
  virtual ~codec() = default;
  codec(const codec&) = delete;
  codec& operator=(const codec&) = delete;

  /// The value of the query's parameter `EIO`.
  [[nodiscard]] virtual std::string_view revision() const = 0;
  /// Whether the server sends pings, which the client answers; otherwise the client sends them.
  [[nodiscard]] virtual bool server_pings() const = 0;

  /// The bytes before the data in a text frame.
  [[nodiscard]] virtual std::string_view text_head(packet_type type) const = 0;
  /// The bytes before a binary message in a binary frame.
  [[nodiscard]] virtual std::string_view binary_head() const = 0;
  /// The bytes before a binary message in base64, in a text frame: for clients that ask for it.
  [[nodiscard]] virtual std::string_view base64_head() const = 0;
  /// Whether the frames of text or of binary messages are those of encoded_message, so that many
  /// clients can share them.
  [[nodiscard]] virtual bool shares_frames(bool binary) const = 0;
  /// Reads the packet of a frame; nothing if it is invalid. Its `data` points into the frame.
  [[nodiscard]] virtual std::optional<packet> decode_frame(std::string_view frame,
                                                           bool binary) const = 0;

  /// Whether a payload with binary messages is binary itself, for clients that can read it.
  [[nodiscard]] virtual bool has_binary_payloads() const = 0;
  /// Appends a packet to a payload.
  /// @param added its `data` is not base64
  /// @param binary_payload whether the payload is binary
  virtual void append(std::string& payload, const packet& added, bool binary_payload) const = 0;
  /// Takes the next packet from a payload; nothing if it is invalid. Its `data` points into the
  /// payload.
  [[nodiscard]] virtual std::optional<packet> take_packet(payload_view& payload) const = 0;

 protected:
  codec() = default;
};

/// The codec of revision 4, which the clients of Socket.IO 3 and 4 speak.
[[nodiscard]] const codec& codec_4();
/// The codec of revision 3, which those of Socket.IO 1 and 2 speak.
[[nodiscard]] const codec& codec_3();

}  // namespace socketio::engineio
