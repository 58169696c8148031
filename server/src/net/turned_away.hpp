#pragma once

#include <vector>

#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/timer.hpp>

#include "stream.hpp"

namespace socketio::detail {

/// The sockets of clients for whose connections the server has no room. They get status 503, and a
/// moment to read it: closing a socket with unread data resets it. Use it only on its shard.
class turned_away {
 public:
  explicit turned_away(engineio::shard& home) : home_(home) {}

  void add(accepted_socket socket);
  /// Closes all of them.
  void clear() { sockets_.clear(); }

 private:
  // How many may wait; more are closed at once.
  static constexpr std::size_t most = 64;

  engineio::shard& home_;
  std::vector<unique_descriptor> sockets_;
  engineio::member_timer<turned_away, &turned_away::clear> closing_{*this};
};

}  // namespace socketio::detail
