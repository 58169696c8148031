#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <socketio/adapter.hpp>
#include <socketio/handler_error.hpp>
#include <socketio/io_namespace.hpp>

namespace socketio {

namespace engineio {
class server;
class shard;
}  // namespace engineio

class packet_codec;
class packet_scratch;

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
  /// Makes the adapter of each namespace; memory_adapter if not set.
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

  // For the other files of this floor.

  /// Any thread.
  void report(const handler_error& error) const noexcept;
  [[nodiscard]] std::shared_ptr<detail::namespace_state> find(std::string_view name) const;
  [[nodiscard]] engineio::server& engine() const { return engine_; }
  [[nodiscard]] const core_options& options() const { return options_; }
  [[nodiscard]] const packet_codec& codec() const { return *codec_; }
  [[nodiscard]] packet_scratch& scratch(const engineio::shard& home);

 private:
  engineio::server& engine_;
  core_options options_;
  const packet_codec* codec_;
  error_handler on_error_;
  std::vector<std::unique_ptr<packet_scratch>> scratches_;  // one for each shard
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<detail::namespace_state>, std::less<>> namespaces_;
  // Namespaces whose adapter a thread is making; other threads wait for made_.
  std::map<std::string, std::thread::id, std::less<>> being_made_;
  std::condition_variable made_;
};

}  // namespace socketio
