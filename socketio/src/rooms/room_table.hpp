#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "room_member.hpp"
#include "seeded_hash.hpp"

namespace socketio::detail {

/// A room and its sockets, contiguous and in no particular order.
struct room {
  std::string name;
  // Mutable, since it is not part of the key of the table's set.
  mutable std::vector<room_member*> members;

  explicit room(std::string_view room_name) : name(room_name) {}
};

/// The rooms of a namespace on one shard. Joining and leaving take constant time.
///
/// Only its shard changes it, and reads without a lock; other threads may call only members marked
/// "any thread".
class room_table {
 public:
  /// Adds a socket to the namespace.
  void add(const std::shared_ptr<room_member>& added);
  /// Removes a socket from the namespace and from its rooms.
  void remove(room_member& removed);
  void join(room_member& socket, std::string_view name);
  void leave(room_member& socket, std::string_view name);

  [[nodiscard]] bool is_in(room_member& socket, std::string_view name) const;
  /// The sockets in a room; valid until a socket joins or leaves it.
  [[nodiscard]] std::span<room_member* const> members(std::string_view name) const;
  /// Calls a function once with each connected socket in any of the rooms (all sockets if there are
  /// none) but those in the rooms of `except`. It must not change any room.
  template <class Function>
  void visit(const std::vector<std::string>& rooms, const std::vector<std::string>& except,
             Function function);

  /// The socket's rooms in the order of joining, except that its own room is first. Any thread.
  [[nodiscard]] std::vector<std::string> rooms_of(const room_member& socket) const;
  /// Any thread.
  [[nodiscard]] std::size_t rooms_count() const;
  /// The number of sockets of the namespace. Any thread.
  [[nodiscard]] std::size_t sockets_count() const;
  /// The number of sockets in a room. Any thread.
  [[nodiscard]] std::size_t sockets_count(std::string_view name) const;
  /// Adds to each room's number that of its sockets. Any thread.
  void add_sizes(std::map<std::string, std::size_t>& sizes) const;
  /// The socket with an id; null if there is none. Any thread.
  [[nodiscard]] std::shared_ptr<room_member> find(std::string_view id) const;
  /// The sockets of the namespace. Any thread.
  [[nodiscard]] std::vector<std::shared_ptr<room_member>> sockets() const;

 private:
  // Hashes what the sets below contain by name: a room by its own, a socket by its id.
  struct name_hash : seeded_hash {
    using is_transparent = void;
    using seeded_hash::operator();

    std::size_t operator()(const room& named) const { return (*this)(named.name); }
    std::size_t operator()(const room_member* named) const { return (*this)(named->id); }
  };
  struct same_name {
    using is_transparent = void;

    static std::string_view name_of(std::string_view name) { return name; }
    static std::string_view name_of(const room& named) { return named.name; }
    static std::string_view name_of(const room_member* named) { return named->id; }
    template <class Left, class Right>
    bool operator()(const Left& left, const Right& right) const {
      return name_of(left) == name_of(right);
    }
  };
  using sockets_by_id = std::unordered_set<room_member*, name_hash, same_name>;

  static void enter(room_member& socket, const room& entered);
  void exit(const membership& place);
  [[nodiscard]] bool has_added(const room_member& socket) const;
  void leave_own_rooms(room_member& socket);

  mutable std::mutex mutex_;
  // Owns every connected socket. A deque, because it grows without moving its elements.
  std::deque<std::shared_ptr<room_member>> sockets_;
  std::unordered_set<room, name_hash, same_name> rooms_;
  // Nearly every socket is alone in the room of its id. Such a room is only an entry here, until
  // another socket joins it. No name is both here and in rooms_.
  sockets_by_id own_rooms_;
  // The added sockets that are not there, to find them by their ids.
  sockets_by_id without_own_room_;
  std::uint64_t last_mark_ = 0;
};

template <class Function>
void room_table::visit(const std::vector<std::string>& rooms,
                       const std::vector<std::string>& except, Function function) {
  // This call's mark, for each socket that is excluded or has been visited.
  const auto mark = ++last_mark_;
  for (const auto& name : except) {
    for (auto* left_out : members(name)) left_out->visit_mark = mark;
  }
  const auto visit_all = [&](const auto& sockets) {
    for (const auto& visited : sockets) {
      auto& socket = *visited;
      if (!socket.connected || std::exchange(socket.visit_mark, mark) == mark) continue;
      function(socket);
    }
  };
  if (rooms.empty()) {
    visit_all(sockets_);
  } else {
    for (const auto& name : rooms) visit_all(members(name));
  }
}

}  // namespace socketio::detail
