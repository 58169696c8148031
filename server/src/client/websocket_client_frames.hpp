#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>
#include <socketio/websocket_message.hpp>

namespace socketio::websocket::detail {

/// Makes masking keys, each new and unpredictable (RFC 6455, section 10.3).
class masking_keys {
 public:
  /// @throws std::runtime_error if the system's random generator fails
  [[nodiscard]] std::array<std::uint8_t, 4> next();

 private:
  std::array<std::uint8_t, 256> random_;
  std::size_t used_ = random_.size();
};

/// Encodes a client's frames, and appends them to a buffer. Not thread-safe.
class client_frames {
 public:
  /// Compresses messages from now on.
  void set_deflate(const deflate_options& agreed) { deflate_ = agreed; }

  void append_message(std::string& output, const message& sent);
  /// Appends a ping or a pong.
  void append_control(std::string& output, opcode code, std::string_view payload);
  /// Appends a close frame; cuts a reason that is too long.
  void append_close(std::string& output, close_code code, std::string_view reason);

 private:
  masking_keys keys_;
  std::optional<deflate_options> deflate_;
  std::optional<deflater> deflater_;
};

}  // namespace socketio::websocket::detail
