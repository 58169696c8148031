#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "packets/ack_target.hpp"

namespace socketio::detail {

class socket_state;

/// The acknowledgement of an event that a socket has received.
class socket_ack final : public ack_target {
 public:
  socket_ack(std::shared_ptr<socket_state> receiver, std::uint64_t id)
      : socket_(std::move(receiver)), ack_id_(id) {}

  [[nodiscard]] std::string take_buffer() const override;
  void acknowledge(encoded_arguments&& values) override;

 private:
  std::shared_ptr<socket_state> socket_;
  std::uint64_t ack_id_;
};

}  // namespace socketio::detail
