#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio {

/// A room of a namespace, and the number of its sockets on this server.
struct room_info {
  std::string name;
  std::size_t sockets_count = 0;

  [[nodiscard]] friend bool operator==(const room_info&, const room_info&) = default;
};

/// Watches the rooms of a namespace on this server; see io_namespace::add_room_observer(). The
/// server calls one function at a time, on the shard of the socket that joins or leaves, and
/// reports what they throw.
class room_observer {
 public:
  room_observer() = default;
  virtual ~room_observer() = default;
  room_observer(const room_observer&) = delete;
  room_observer& operator=(const room_observer&) = delete;

  /// A room begins, because a first socket joins it.
  virtual void create_room(std::string_view /*room*/) {}
  /// A socket has joined a room; also its own, whose name is the socket's id.
  virtual void join_room(std::string_view /*room*/, std::string_view /*socket_id*/) {}
  /// A socket has left a room.
  virtual void leave_room(std::string_view /*room*/, std::string_view /*socket_id*/) {}
  /// The last socket has left a room.
  virtual void delete_room(std::string_view /*room*/) {}
};

}  // namespace socketio
