#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/utf8.hpp>
#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio {

/// permessage-deflate on a server's connection: with the shard's contexts where messages are
/// compressed on their own, else with contexts of its own.
class message_compression {
 public:
  message_compression(const websocket::deflate_options& agreed,
                      engineio::deflate_contexts& contexts)
      : agreed_(agreed), contexts_(contexts) {}

  /// Compresses a message to be sent; nothing if it is to be sent as it is.
  [[nodiscard]] std::optional<std::string> compress(std::string_view head, std::string_view body);
  /// The frame of a message that many receive, compressed or not.
  [[nodiscard]] std::string_view shared_frame(const engineio::encoded_message& message);

  /// Decompresses a whole message, or its next part.
  /// @param limit most bytes of the message
  websocket::inflate_result decompress(std::string_view part, bool last, std::uint64_t limit,
                                       std::string& output);
  /// Checks the next part of a decompressed text message.
  [[nodiscard]] bool is_valid_text(std::string_view part, bool last);

 private:
  websocket::inflater& inflater_for(bool whole);

  websocket::deflate_options agreed_;
  engineio::deflate_contexts& contexts_;
  std::optional<websocket::deflater> deflater_;  // none if messages are compressed on their own
  std::optional<websocket::inflater> inflater_;  // the same, and none but while a part is missing
  std::uint64_t decompressed_ = 0;               // bytes of the message in parts so far
  bool in_parts_ = false;
  utf8_validator utf8_;
};

}  // namespace socketio
