#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace socketio::detail {

class socket_state;

/// What an ack refers to: an event that a socket has received.
struct ack_target {
  ack_target(std::shared_ptr<socket_state> receiver, std::uint64_t id)
      : socket(std::move(receiver)), ack_id(id) {}

  std::shared_ptr<socket_state> socket;
  std::uint64_t ack_id;
  std::atomic<bool> sent{false};
};

}  // namespace socketio::detail
