#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/emit.hpp>
#include <socketio/error.hpp>
#include <socketio/protocol/json.hpp>

namespace socketio {

class socket;

namespace detail {
class namespace_state;
class socket_state;
}  // namespace detail

/// Which sockets a broadcast goes to: those in any of `rooms` (all, if there are none), but for
/// those in any of `except`.
struct broadcast_options {
  std::vector<std::string> rooms;
  std::vector<std::string> except;
  emit_flags flags;
};

/// Gathers the acknowledgements of a broadcast, which come from several parts of the cluster.
/// All functions may be called on any thread, in any order.
struct ack_collector {
  std::function<void(std::size_t parts)> expected;   ///< so many parts are going to be counted
  std::function<void(std::size_t clients)> counted;  ///< a part expects answers of so many clients
  /// A client's answer, or an error for one that has gone.
  std::function<void(error_code, json)> answered;
};

/// Knows which sockets of a namespace are in which rooms, and delivers broadcasts to them. A
/// distributed adapter derives from the one in memory, publishes what it is told to the other
/// servers, and has the base class deliver what it hears from them.
///
/// add() to remove_all() are called on the socket's shard; the others on any thread.
class adapter {
 public:
  adapter() = default;
  virtual ~adapter() = default;
  adapter(const adapter&) = delete;
  adapter& operator=(const adapter&) = delete;

  /// A socket has been connected.
  virtual void add(const std::shared_ptr<detail::socket_state>& added) = 0;
  /// Puts a socket into a room; nothing happens if it is there.
  virtual void join(detail::socket_state& socket, std::string_view room) = 0;
  /// Takes a socket out of a room.
  virtual void leave(detail::socket_state& socket, std::string_view room) = 0;
  /// A socket is being disconnected: takes it out of all rooms.
  virtual void remove(detail::socket_state& removed) = 0;

  /// The rooms of a socket, in the order in which it joined them.
  [[nodiscard]] virtual std::vector<std::string> rooms_of(
      const detail::socket_state& socket) const = 0;
  /// How many rooms there are on this server.
  [[nodiscard]] virtual std::size_t rooms_count() const = 0;
  /// How many sockets are connected to this server.
  [[nodiscard]] virtual std::size_t sockets_count() const = 0;

  /// Sends an event to the sockets that the options name.
  virtual void broadcast(const encoded_arguments& event, const broadcast_options& options) = 0;

  /// The same under an ack id, asking each socket for an acknowledgement.
  virtual void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                                  std::uint64_t ack_id, ack_collector collector) = 0;
  /// Gives up waiting for the acknowledgements of a broadcast.
  virtual void cancel_acks(std::uint64_t ack_id) = 0;

  /// Calls back with the sockets that the options name.
  virtual void fetch_sockets(const broadcast_options& options,
                             std::function<void(error_code, std::vector<socket>)> fetched) = 0;
  /// Puts the sockets that the options name into rooms.
  virtual void sockets_join(const broadcast_options& options,
                            const std::vector<std::string>& rooms) = 0;
  /// Takes them out of rooms.
  virtual void sockets_leave(const broadcast_options& options,
                             const std::vector<std::string>& rooms) = 0;
  /// Disconnects them.
  virtual void disconnect_sockets(const broadcast_options& options, bool close) = 0;
  /// Ends the sockets of this server with the reason `server shutting down`.
  virtual void close() = 0;
};

/// Makes the adapter of a namespace.
using adapter_factory = std::function<std::unique_ptr<adapter>(detail::namespace_state&)>;

}  // namespace socketio
