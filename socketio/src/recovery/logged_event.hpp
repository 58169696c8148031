#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <socketio/broadcast_options.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio::detail {

/// Whom an event is for.
struct event_target {
  std::string socket;         ///< the id of the only one, or empty
  broadcast_options options;  ///< else the rooms
};

/// An event in a log. Nobody changes it, so threads may share it.
struct logged_event {
  std::uint64_t number = 0;  ///< counts up from 1 within the log
  std::chrono::steady_clock::time_point when;
  std::chrono::system_clock::time_point time;
  event_target target;
  encoded_arguments event;  ///< as the application has emitted it, without an offset

  /// The memory that it takes, about.
  [[nodiscard]] std::size_t size() const {
    auto all = sizeof(*this) + target.socket.size() + event.json.size();
    for (const auto& room : target.options.rooms) all += sizeof(std::string) + room.size();
    for (const auto& room : target.options.except) all += sizeof(std::string) + room.size();
    for (const auto& bytes : event.attachments) all += sizeof(shared_bytes) + bytes.size();
    return all;
  }
};

using event_pointer = std::shared_ptr<const logged_event>;

}  // namespace socketio::detail
