#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace socketio::detail {

class socket_state;

/// Hashes names that clients choose (SipHash-1-3): without the secret key nobody can choose names
/// that collide.
class seeded_hash {
 public:
  using is_transparent = void;

  seeded_hash();
  [[nodiscard]] std::size_t operator()(std::string_view name) const;

 private:
  std::array<std::uint64_t, 2> key_;
};

/// Sockets in one room: contiguous, in no particular order.
struct room {
  struct member {
    socket_state* socket;
    std::uint32_t membership;  // position within the socket's memberships
  };
  std::string name;
  std::vector<member> members;
};

/// A socket's place in a room.
struct membership {
  room* where;
  std::uint32_t position;  // within the room's members
  std::uint32_t order;     // when the socket joined: counts up from 0
};

/// The rooms of a namespace on one shard. Joining and leaving take constant time.
///
/// Changed on its shard only, which hence reads without a lock; other threads read what has the
/// word "any thread".
class room_table {
 public:
  /// Adds a socket to the ones of the namespace.
  void add(const std::shared_ptr<socket_state>& added);
  /// Takes a socket out of everything.
  void remove(socket_state& removed);
  void join(socket_state& socket, std::string_view name);
  void leave(socket_state& socket, std::string_view name);

  [[nodiscard]] const room* find(std::string_view name) const;
  [[nodiscard]] const room& everyone() const { return everyone_; }

  /// Any thread.
  [[nodiscard]] std::vector<std::string> rooms_of(const socket_state& socket) const;
  /// Any thread.
  [[nodiscard]] std::size_t rooms_count() const;
  /// Adds the names of the rooms. Any thread.
  void collect_names(std::set<std::string>& names) const;
  /// Any thread.
  [[nodiscard]] std::size_t sockets_count() const;

 private:
  void enter(socket_state& socket, room& entered);
  void exit(socket_state& socket, std::size_t membership);

  mutable std::mutex mutex_;
  // Every connected socket; the map keeps them alive.
  room everyone_;
  std::unordered_map<const socket_state*, std::shared_ptr<socket_state>> sockets_;
  std::unordered_map<std::string, std::unique_ptr<room>, seeded_hash, std::equal_to<>> rooms_;
};

}  // namespace socketio::detail
