#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "socket_state.hpp"

namespace socketio::detail {

/// Where an acknowledgement goes. It does not keep the socket alive.
class ack_target {
 public:
  ack_target(std::weak_ptr<socket_state> socket, std::shared_ptr<engineio::shard> home,
             std::uint64_t ack_id)
      : socket_(std::move(socket)), home_(std::move(home)), ack_id_(ack_id) {}

  /// For what is going to be sent. Any thread.
  [[nodiscard]] std::string take_buffer() const {
    return home_->running_here() ? home_->take_buffer() : std::string();
  }

  /// Sends the acknowledgement, the first time. Any thread.
  void send(encoded_arguments&& values) {
    if (sent_.exchange(true)) return;
    if (home_->running_here()) {
      if (const auto target = socket_.lock()) target->send_ack(ack_id_, std::move(values));
      home_->keep_buffer(std::move(values.json));
    } else {
      home_->post([socket = socket_, ack_id = ack_id_, values = std::move(values)]() mutable {
        if (const auto target = socket.lock()) target->send_ack(ack_id, std::move(values));
      });
    }
  }

 private:
  std::weak_ptr<socket_state> socket_;
  std::shared_ptr<engineio::shard> home_;
  std::uint64_t ack_id_;
  std::atomic<bool> sent_{false};
};

}  // namespace socketio::detail
