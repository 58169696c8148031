#pragma once

#include <atomic>
#include <string>

#include <socketio/protocol/socketio_packet.hpp>

namespace socketio::detail {

/// What an ack refers to: an event that somebody waits for an answer to. Any thread.
class ack_target {
 public:
  ack_target() = default;
  virtual ~ack_target() = default;
  ack_target(const ack_target&) = delete;
  ack_target& operator=(const ack_target&) = delete;

  /// An empty string to encode into, which may have memory.
  [[nodiscard]] virtual std::string take_buffer() const { return {}; }
  /// Sends the answer; only the first one counts.
  /// @throws std::invalid_argument if the receiver does not accept the attachments
  virtual void acknowledge(encoded_arguments&& values) = 0;

 protected:
  /// Whether this is the first answer.
  [[nodiscard]] bool is_first() { return !sent_.exchange(true); }

 private:
  std::atomic<bool> sent_{false};
};

}  // namespace socketio::detail
