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

/// The sockets that a broadcast reaches: those in any of `rooms` (all sockets if it is empty),
/// except those in any of `except`.
struct broadcast_options {
  std::vector<std::string> rooms;
  std::vector<std::string> except;
  emit_flags flags;
};

/// Collects the acknowledgements of a broadcast from the parts of a cluster. Call its functions on
/// any thread, in any order.
struct ack_collector {
  std::function<void(std::size_t parts)> expected;   ///< how many parts are going to call counted()
  std::function<void(std::size_t clients)> counted;  ///< how many clients a part expects to answer
  /// A client's answer, or an error if it has disconnected.
  std::function<void(error_code, json)> answered;
};

/// Knows the rooms of a namespace's sockets, and delivers broadcasts to them. A distributed adapter
/// derives from memory_adapter: it publishes each broadcast to the other servers, and lets the base
/// class deliver the broadcasts of the others.
///
/// The server calls add(), join(), leave() and remove() on the socket's shard, the other functions
/// on any thread.
class adapter {
 public:
  adapter() = default;
  virtual ~adapter() = default;
  adapter(const adapter&) = delete;
  adapter& operator=(const adapter&) = delete;

  /// Adds a socket that has connected.
  virtual void add(const std::shared_ptr<detail::socket_state>& added) = 0;
  /// Adds a socket to a room, unless it is in it.
  virtual void join(detail::socket_state& socket, std::string_view room) = 0;
  /// Removes a socket from a room.
  virtual void leave(detail::socket_state& socket, std::string_view room) = 0;
  /// Removes a socket that disconnects, also from all rooms.
  virtual void remove(detail::socket_state& removed) = 0;

  /// The rooms of a socket, in the order in which it joined them.
  [[nodiscard]] virtual std::vector<std::string> rooms_of(
      const detail::socket_state& socket) const = 0;
  /// The number of rooms on this server.
  [[nodiscard]] virtual std::size_t rooms_count() const = 0;
  /// The number of sockets connected to this server.
  [[nodiscard]] virtual std::size_t sockets_count() const = 0;

  /// Sends an event to the sockets of the options.
  virtual void broadcast(const encoded_arguments& event, const broadcast_options& options) = 0;

  /// Sends an event under an ack id, and asks each socket for an acknowledgement.
  virtual void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                                  std::uint64_t ack_id, ack_collector collector) = 0;
  /// Stops waiting for the acknowledgements of a broadcast.
  virtual void cancel_acks(std::uint64_t ack_id) = 0;

  /// Calls `fetched` with the sockets of the options.
  virtual void fetch_sockets(const broadcast_options& options,
                             std::function<void(error_code, std::vector<socket>)> fetched) = 0;
  /// Adds the sockets of the options to rooms.
  virtual void sockets_join(const broadcast_options& options,
                            const std::vector<std::string>& rooms) = 0;
  /// Removes the sockets of the options from rooms.
  virtual void sockets_leave(const broadcast_options& options,
                             const std::vector<std::string>& rooms) = 0;
  /// Disconnects the sockets of the options; with `close`, also their connections.
  virtual void disconnect_sockets(const broadcast_options& options, bool close) = 0;
  /// Disconnects the sockets of this server with the reason `server shutting down`.
  virtual void close() = 0;
};

/// Makes the adapter of a namespace.
using adapter_factory = std::function<std::unique_ptr<adapter>(detail::namespace_state&)>;

}  // namespace socketio
