#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "membership_set.hpp"

namespace socketio::detail {

/// A socket as the rooms know it.
struct room_member {
  explicit room_member(std::string name) : id(std::move(name)) {}
  room_member(const room_member&) = delete;
  room_member& operator=(const room_member&) = delete;

  const std::string id;
  /// Whether broadcasts reach it. Any thread reads it; the member's shard changes it.
  std::atomic<bool> connected{false};

  // For the room_table, on the member's shard.
  membership_set memberships;
  std::uint32_t joined = 0;      // rooms joined so far
  std::uint32_t position = 0;    // among the sockets of the table
  std::uint64_t visit_mark = 0;  // of the last visit of sockets that has seen it

 protected:
  ~room_member() = default;
};

}  // namespace socketio::detail
