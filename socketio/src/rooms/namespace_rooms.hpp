#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/shard.hpp>
#include <socketio/rooms.hpp>

#include "room_table.hpp"

namespace socketio::detail {

/// The rooms of a namespace on this server: a table for each shard, and the observers.
class namespace_rooms {
 public:
  explicit namespace_rooms(std::size_t shards);

  // A socket's shard calls these.
  void add(const engineio::shard& home, const std::shared_ptr<room_member>& added);
  void remove(const engineio::shard& home, room_member& removed);
  void join(const engineio::shard& home, room_member& socket, std::string_view name);
  void leave(const engineio::shard& home, room_member& socket, std::string_view name);

  /// The table of a shard. It may outlive this object.
  [[nodiscard]] const std::shared_ptr<room_table>& on(const engineio::shard& home) const {
    return tables_[home.index()];
  }
  /// Adds an observer; before sockets connect.
  void add_observer(std::shared_ptr<room_observer> added);

  // Any thread.
  [[nodiscard]] std::size_t rooms_count() const;
  [[nodiscard]] std::size_t sockets_count() const;
  [[nodiscard]] std::size_t sockets_count(std::string_view room) const;
  /// All rooms, sorted by name.
  [[nodiscard]] std::vector<room_info> list() const;
  /// The socket with an id; null if there is none.
  [[nodiscard]] std::shared_ptr<room_member> find(std::string_view id) const;
  [[nodiscard]] std::vector<std::shared_ptr<room_member>> sockets() const;

 private:
  template <class Function>
  void tell(const engineio::shard& home, Function function) const;
  [[nodiscard]] bool exists(std::string_view name) const;

  std::vector<std::shared_ptr<room_table>> tables_;
  std::vector<std::shared_ptr<room_observer>> observers_;
  // Orders the calls of the observers, if there are any. Recursive, since an observer may make
  // sockets join and leave.
  std::recursive_mutex observed_;
};

}  // namespace socketio::detail
