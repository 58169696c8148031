#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/utf8.hpp>
#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio::detail {

/// permessage-deflate on a server's connection. Without context takeover it uses the shard's
/// contexts, else contexts of its own.
class message_compression {
 public:
  message_compression(const websocket::deflate_options& agreed,
                      engineio::deflate_contexts& contexts)
      : agreed_(agreed), contexts_(contexts) {}

  /// Compresses an outgoing message; nothing if it should leave uncompressed.
  [[nodiscard]] std::optional<std::string> compress(std::string_view head, std::string_view body);
  /// The compressed frame of a message that many receive; nothing if it should leave uncompressed.
  [[nodiscard]] std::optional<std::string_view> shared_frame(
      const engineio::encoded_message& message);

  /// Decompresses a whole message, or its next part.
  /// @param limit largest size of the message in bytes
  websocket::inflate_result decompress(std::string_view part, bool last, std::uint64_t limit,
                                       std::string& output);
  /// How many bytes have been decompressed since the last call.
  [[nodiscard]] std::size_t take_inflated() { return std::exchange(inflated_, 0); }
  /// Checks the next part of a decompressed text message.
  [[nodiscard]] bool is_valid_text(std::string_view part, bool last);

 private:
  websocket::inflater& inflater_for(bool whole);

  websocket::deflate_options agreed_;
  engineio::deflate_contexts& contexts_;
  std::optional<websocket::deflater> deflater_;  // only with context takeover
  std::optional<websocket::inflater> inflater_;  // with context takeover, or between two parts
  std::uint64_t decompressed_ = 0;               // bytes of the message in parts so far
  std::size_t inflated_ = 0;                     // since take_inflated()
  bool in_parts_ = false;
  utf8_validator utf8_;
};

}  // namespace socketio::detail
