#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "encoded_packet.hpp"
#include "namespace_state.hpp"
#include "socket_state.hpp"

namespace socketio::detail {

/// The receiver of an acknowledgement: an event of a socket.
class ack_target {
 public:
  ack_target(std::shared_ptr<socket_state> socket, std::uint64_t ack_id)
      : socket_(std::move(socket)), ack_id_(ack_id) {}

  /// A buffer to encode the acknowledgement into. Any thread.
  [[nodiscard]] std::string take_buffer() const {
    auto& home = *socket_->home;
    return home.running_here() ? home.take_buffer() : std::string();
  }

  /// Sends the acknowledgement; later calls do nothing. Any thread.
  /// @throws std::invalid_argument if clients would not accept it: check_attachments()
  void send(encoded_arguments&& values) {
    if (!values.attachments.empty()) check_attachments(values, socket_->nsp->max_attachments);
    if (sent_.exchange(true)) return;
    auto& home = *socket_->home;
    if (home.running_here()) {
      socket_->send_ack(ack_id_, std::move(values));
      // NOLINTNEXTLINE(bugprone-use-after-move): send_ack() may leave the text's memory
      home.keep_buffer(std::move(values.json));
    } else {
      home.post([socket = socket_, ack_id = ack_id_, values = std::move(values)]() mutable {
        socket->send_ack(ack_id, std::move(values));
      });
    }
  }

 private:
  std::shared_ptr<socket_state> socket_;
  std::uint64_t ack_id_;
  std::atomic<bool> sent_{false};
};

}  // namespace socketio::detail
