#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace socketio::detail {

class socket_state;

/// A room and its sockets, contiguous and in no particular order.
struct room {
  std::string name;
  // Mutable, since it is not part of the key of the table's set.
  mutable std::vector<socket_state*> members;

  explicit room(std::string_view room_name) : name(room_name) {}
};

/// A socket's place in a room.
struct membership {
  const room* where = nullptr;
  std::uint32_t position = 0;  // within the room's members
  std::uint32_t order = 0;     // when the socket joined: counts up from 0
};

/// The places of one socket, by room. Allocates nothing for a socket in no room. Everything except
/// growing takes constant time.
class membership_set {
 public:
  /// Null if the socket is not in the room. Valid until the next change.
  [[nodiscard]] membership* find(const room& where);
  /// Adds a place in a room that is not among the others.
  void insert(const membership& added);
  void erase(membership& erased);
  void clear();
  /// All slots; free ones have no room.
  [[nodiscard]] std::span<const membership> slots() const { return {slots_.get(), capacity_}; }

 private:
  [[nodiscard]] std::uint32_t home_of(const room& where) const;
  [[nodiscard]] std::uint32_t after(std::uint32_t slot) const { return (slot + 1) & mask(); }
  [[nodiscard]] std::uint32_t mask() const { return capacity_ - 1; }
  [[nodiscard]] bool is_small() const { return capacity_ <= 16; }
  void grow();

  // A hash table with linear probing. While it is small it may be full, and searches read all of
  // it.
  std::unique_ptr<membership[]> slots_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;  // 0 or a power of two
};

/// A room_table's data about a socket.
struct socket_rooms {
  membership_set memberships;
  std::uint32_t joined = 0;    // rooms joined so far
  std::uint32_t position = 0;  // among the sockets of the table
};

/// Hashes names that clients choose, with SipHash-1-3: without the secret key nobody can choose
/// names that collide.
class seeded_hash {
 public:
  using is_transparent = void;

  seeded_hash();
  [[nodiscard]] std::size_t operator()(std::string_view name) const;
  [[nodiscard]] std::size_t operator()(const room& named) const { return (*this)(named.name); }
  /// Hashes the socket's id.
  [[nodiscard]] std::size_t operator()(const socket_state* named) const;

 private:
  std::array<std::uint64_t, 2> key_;
};

/// Compares what seeded_hash hashes.
struct same_name {
  using is_transparent = void;

  [[nodiscard]] bool operator()(const room& left, const room& right) const {
    return left.name == right.name;
  }
  [[nodiscard]] bool operator()(std::string_view left, const room& right) const {
    return left == right.name;
  }
  [[nodiscard]] bool operator()(const socket_state* left, const socket_state* right) const {
    return left == right;
  }
  [[nodiscard]] bool operator()(std::string_view left, const socket_state* right) const;
};

/// The rooms of a namespace on one shard. Joining and leaving take constant time.
///
/// Only its shard changes it, and reads without a lock; other threads may call only members marked
/// "any thread".
class room_table {
 public:
  /// Adds a socket to the namespace.
  void add(const std::shared_ptr<socket_state>& added);
  /// Removes a socket from the namespace and from its rooms.
  void remove(socket_state& removed);
  void join(socket_state& socket, std::string_view name);
  void leave(socket_state& socket, std::string_view name);

  /// The sockets in a room; valid until a socket joins or leaves it.
  [[nodiscard]] std::span<socket_state* const> members(std::string_view name) const;
  /// The sockets of the namespace.
  [[nodiscard]] const std::deque<std::shared_ptr<socket_state>>& sockets() const {
    return sockets_;
  }

  /// The socket's rooms in the order of joining, except that its own room is first. Any thread.
  [[nodiscard]] std::vector<std::string> rooms_of(const socket_state& socket) const;
  /// Any thread.
  [[nodiscard]] std::size_t rooms_count() const;
  /// Adds the names of all rooms to a set. Any thread.
  void collect_names(std::set<std::string>& names) const;
  /// Any thread.
  [[nodiscard]] std::size_t sockets_count() const;

 private:
  static void enter(socket_state& socket, const room& entered);
  void exit(const membership& place);

  mutable std::mutex mutex_;
  // Owns every connected socket. A deque, because it grows without moving its elements.
  std::deque<std::shared_ptr<socket_state>> sockets_;
  std::unordered_set<room, seeded_hash, same_name> rooms_;
  // Nearly every socket is alone in the room of its id. Such a room is only an entry here, until
  // another socket joins it. No name is both here and in rooms_.
  std::unordered_set<socket_state*, seeded_hash, same_name> own_rooms_;
};

}  // namespace socketio::detail
