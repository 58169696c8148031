#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include <socketio/handler_error.hpp>
#include <socketio/io_namespace.hpp>

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

  /// Disconnects all sockets with the reason `server shutting down`. Any thread.
  void close();

  /// Sets the function to call with exceptions from handlers, and with events whose arguments do
  /// not convert to a handler's parameters. Set it before clients connect.
  void on_error(error_handler handler);

 private:
  std::shared_ptr<detail::core_context> shared_;
  std::shared_ptr<detail::namespace_registry> namespaces_;
};

}  // namespace socketio
