#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/detail/namespace_matcher.hpp>
#include <socketio/handler_error.hpp>
#include <socketio/io_namespace.hpp>
#include <socketio/recovery.hpp>

namespace socketio {

class adapter;
class adapter_context;
class packet_codec;

namespace engineio {
class server;
}
namespace detail {
class core_context;
class namespace_registry;
}  // namespace detail

/// Makes the adapter of a namespace; see <socketio/adapter.hpp>. The context outlives the adapter.
/// Null stands for no cluster.
using adapter_factory = std::function<std::unique_ptr<adapter>(adapter_context& context)>;

/// Options of the Socket.IO layer. The defaults are the reference server's.
struct core_options {
  /// The server disconnects a client that does not join a namespace in time.
  std::chrono::milliseconds connect_timeout{45'000};
  /// Largest number of attachments (binary values) of a packet from a client, 10 as in the
  /// reference server. The server sends at most as many, but 10 in any case, as reference clients
  /// expect.
  std::size_t max_attachments = 10;
  /// Largest number of namespaces that a client may be in, or enter, at once: the server refuses
  /// further ones (`connect_error`, "Too many namespaces").
  std::size_t max_namespaces = 100;
  /// Largest number of rooms that a socket may be in: it joins no further ones, which on_error() is
  /// told.
  std::size_t max_rooms = 10'000;
  /// Largest number of acknowledgements that may be awaited from a socket at once: further ones
  /// fail with error::too_many, and their events are not sent.
  std::size_t max_awaited_acks = 10'000;
  /// How long a broadcast waits for acknowledgements if it has no timeout().
  std::chrono::milliseconds broadcast_ack_timeout{5'000};
  /// Whether a child that a parent namespace has made is removed when its last socket leaves.
  bool cleanup_empty_child_namespaces = false;
  /// Whether the handlers of a socket's next event start only when those of the one before have
  /// ended, with their coroutines. Else, as in Node.js, they start when a coroutine waits.
  /// Acknowledgements and heartbeats never wait for handlers. What waits when the socket ends is
  /// dropped.
  bool sequential_handlers = false;
  /// How many events of a client may wait so, or 1 MiB of them, before the server reads no more of
  /// the client until they are half as many; ten times as many while one of the client's sockets
  /// waits for an acknowledgement, which would else not be read. At least 1.
  std::size_t max_waiting_events = 100;
  /// Lets clients whose connection has broken go on as the same sockets; off if it is not set.
  std::optional<recovery_options> connection_state_recovery;
  /// Which rooms keep their latest events; the first entry that fits a room counts.
  std::vector<room_history> history;
  /// Keeps the events and the sockets that may be restored in files, too; not if it has no folder.
  event_storage storage;
  /// The memory that the events of all namespaces may take which are kept for clients that are away
  /// and for histories, about; the oldest are dropped. Sockets that are away may take a quarter as
  /// much.
  std::size_t max_event_bytes = std::size_t{64} * 1024 * 1024;
  /// How packets are encoded, which the clients have to use, too; default_packet_codec() if null.
  std::shared_ptr<const packet_codec> parser;
  /// Makes the adapter of each namespace. If it is not set, this server is not part of a cluster.
  adapter_factory adapter;

  core_options() = default;
};

/// Socket.IO (protocol revision 5) on an Engine.IO server: the namespaces and their clients.
class core {
 public:
  /// Handles the engine's sessions. The engine has to outlive the core.
  core(engineio::server& engine, core_options options);
  ~core();
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  /// Returns a namespace, and creates it if it is new. Adds a missing first slash to the name. If
  /// the adapter's factory throws, so does of(), and does not create the namespace. Any thread.
  io_namespace of(std::string_view name);

  /// Makes a parent namespace: a client that joins a name which does not exist makes a child of the
  /// first parent that allows the name. Such a name has at most 256 bytes.
  /// @param pattern a regular expression to search the name for, of std::regex or of a library
  /// whose regex_search() is found beside it; or a function `(std::string_view name, const json&
  /// auth)`, which returns a bool, or with a third parameter, allow_namespace, decides, maybe later
  template <class Pattern>
  requires(!std::convertible_to<Pattern, std::string_view>) parent_namespace of(Pattern&& pattern) {
    return make_parent(detail::make_namespace_matcher(std::forward<Pattern>(pattern)));
  }
  /// Removes a namespace: disconnects its sockets, refuses new ones, and its handles do nothing
  /// from then on. Any thread.
  /// @return whether there was one
  /// @throws std::invalid_argument for `/`
  bool remove_namespace(std::string_view name);

  /// The option of that name.
  [[nodiscard]] std::chrono::milliseconds connect_timeout() const;
  /// Changes it, for clients that connect later. Any thread.
  /// @throws std::invalid_argument for a time out of range
  void connect_timeout(std::chrono::milliseconds time);
  /// What is kept for clients that are away, and in histories, of all namespaces. Any thread.
  [[nodiscard]] socketio::recovery_statistics recovery_statistics() const;
  /// Makes the adapters of all namespaces, also of later ones, with another factory, and closes the
  /// earlier ones. Call it before clients connect. Throws what the factory throws.
  void adapter(const adapter_factory& factory);

  /// Disconnects all sockets with the reason `server shutting down`. Any thread.
  void close();
  /// Makes the adapters anew, if the core has been closed. Any thread.
  void reopen();

  /// Sets the function to call with exceptions from handlers, and with events whose arguments do
  /// not convert to a handler's parameters. Set it before clients connect.
  void on_error(error_handler handler);

 private:
  parent_namespace make_parent(detail::namespace_matcher matcher);

  std::shared_ptr<detail::core_context> shared_;
  std::shared_ptr<detail::namespace_registry> namespaces_;
};

}  // namespace socketio
