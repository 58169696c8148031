#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/broadcast_options.hpp>
#include <socketio/error.hpp>
#include <socketio/protocol/json.hpp>
#include <socketio/protocol/socketio_packet.hpp>
#include <socketio/remote_socket.hpp>
#include <socketio/rooms.hpp>
#include <socketio/socket.hpp>

namespace socketio {

/// Collects the acknowledgements of a broadcast from the parts of a cluster. Call its functions on
/// any thread, in any order.
struct ack_collector {
  /// How many more parts are going to call counted().
  std::function<void(std::size_t parts)> expected;
  /// The ids of the sockets of a part that have been asked; empty ones that the adapter cannot
  /// name.
  std::function<void(std::vector<std::string> ids)> counted;
  /// The first value of a socket's answer, or an error if it has disconnected. The id is one of
  /// those counted.
  std::function<void(std::string id, error_code error, json value)> answered;
};

/// Completes an operation of an adapter: call it once, on any thread. Whoever waits receives
/// `boost::asio::error::operation_aborted` if the adapter destroys it instead.
template <class Value>
using adapter_completion = std::function<void(error_code, Value)>;

/// Carries the operations of a namespace to the sockets of all servers of a cluster.
///
/// Derive from it, and name a factory in the option `adapter`. Each operation usually does two
/// things: it publishes what is asked to the other servers unless `options.flags.local` is set, and
/// passes it on to adapter_context::local(), which does it for this server's sockets. What the
/// other servers publish also goes to the local adapter. A server that is not part of a cluster
/// needs no adapter but the local one.
///
/// The server calls the functions on any thread. What they throw goes to the caller of the
/// operation, `emit()` for example.
class adapter {
 public:
  adapter() = default;
  virtual ~adapter() = default;
  adapter(const adapter&) = delete;
  adapter& operator=(const adapter&) = delete;

  /// Sends an event to the sockets of the options.
  virtual void broadcast(const encoded_arguments& event, const broadcast_options& options) = 0;
  /// Sends an event under an ack id of this server, and asks each socket for an acknowledgement.
  virtual void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                                  std::uint64_t ack_id, ack_collector collector) = 0;
  /// Stops waiting for the acknowledgements of a broadcast, or of other servers.
  virtual void cancel_acks(std::uint64_t ack_id) = 0;

  /// Completes with the sockets of the options.
  virtual void fetch_sockets(const broadcast_options& options,
                             adapter_completion<std::vector<remote_socket>> fetched) = 0;
  /// Adds the sockets of the options to rooms.
  virtual void sockets_join(const broadcast_options& options,
                            const std::vector<std::string>& rooms) = 0;
  /// Removes the sockets of the options from rooms.
  virtual void sockets_leave(const broadcast_options& options,
                             const std::vector<std::string>& rooms) = 0;
  /// Disconnects the sockets of the options; with `close`, also their connections.
  virtual void disconnect_sockets(const broadcast_options& options, bool close) = 0;

  /// Sends an event to the namespace on the other servers, whose adapters pass it on to
  /// adapter_context::receive_server_side().
  virtual void server_side_emit(const encoded_arguments& event) = 0;
  /// The same, and asks each of these servers for an acknowledgement. The collector takes their ids
  /// for those of sockets.
  virtual void server_side_emit_with_ack(const encoded_arguments& event, std::uint64_t ack_id,
                                         ack_collector collector) = 0;

  /// Completes with the number of servers of the cluster, this one included.
  virtual void server_count(adapter_completion<std::size_t> counted) = 0;
  /// Leaves the cluster, because the server closes. The server itself ends its sockets.
  virtual void close() {}
};

/// A namespace as an adapter sees it: the part that is on this server. It outlives the adapter. Any
/// thread.
class adapter_context {
 public:
  adapter_context() = default;
  virtual ~adapter_context() = default;
  adapter_context(const adapter_context&) = delete;
  adapter_context& operator=(const adapter_context&) = delete;

  /// The namespace's name, for example `/`.
  [[nodiscard]] virtual const std::string& nsp() const = 0;
  /// The id of this server, unlike those of all others; the same in all namespaces.
  [[nodiscard]] virtual const std::string& server_id() const = 0;
  /// A new ack id, for a broadcast that another server asks for.
  [[nodiscard]] virtual std::uint64_t next_ack_id() = 0;
  /// An executor for the adapter's own work. It runs on a thread of the server that also runs
  /// handlers: do not block.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() const = 0;
  /// Passes an exception of the adapter's work to the server's error handler.
  virtual void report(std::exception_ptr error) const noexcept = 0;

  /// The adapter of this server alone: it reaches the sockets of this server.
  [[nodiscard]] virtual adapter& local() = 0;

  /// Calls the handlers of io_namespace::on_server_side() with an event of another server, later.
  /// @param answer null, or called once at most, on any thread, with the first value of the
  /// acknowledgement
  virtual void receive_server_side(const encoded_arguments& event,
                                   std::function<void(json)> answer) = 0;

  /// The sockets that are connected to this server.
  [[nodiscard]] virtual std::vector<socket> sockets() const = 0;
  /// The socket of this server with an id.
  [[nodiscard]] virtual std::optional<socket> find_socket(std::string_view id) const = 0;
  /// The rooms that have sockets of this server, by name.
  [[nodiscard]] virtual std::vector<room_info> rooms() const = 0;
  /// Adds an observer of these rooms. Call it in the adapter's constructor.
  virtual void add_room_observer(std::shared_ptr<room_observer> observer) = 0;

  /// Makes a socket that is connected to another server.
  [[nodiscard]] virtual remote_socket make_remote_socket(remote_socket_data data) = 0;
};

}  // namespace socketio
