#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/core.hpp>
#include <socketio/engineio/options.hpp>
#include <socketio/http_server.hpp>
#include <socketio/io_namespace.hpp>
#include <socketio/socket.hpp>

namespace socketio {

/// Options of a Socket.IO server: of its HTTP host, of Engine.IO and of Socket.IO.
struct server_options : http_server_options, engineio::options, core_options {
  /// The path that clients connect to; a final slash makes no difference.
  std::string path = "/socket.io";
  /// Whether to serve the browser client below the path.
  bool serve_client = true;
  /// A folder with the browser client's files; if empty, the server uses those that the build put
  /// into the library. The constructor throws if the folder has none.
  std::filesystem::path client_folder;

  server_options() = default;
};

/// A Socket.IO server. It is also the namespace `/`: the server's handlers, middlewares and
/// broadcasts are those of that namespace.
///
/// Register handlers and middlewares before listen(). Call everything else at any time, on any
/// thread. After the server is destroyed, handles of its namespaces and sockets do nothing.
class server : public io_namespace {
 public:
  /// A server with its own threads, which run() starts.
  /// @throws std::invalid_argument for an option that cannot work, with a sentence that says why
  explicit server(const server_options& options = {});
  /// A server on the application's context; see http_server.
  explicit server(boost::asio::io_context& context, const server_options& options = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Returns a namespace, and creates it if it is new.
  io_namespace of(std::string_view name) const { return parts_->sockets.of(name); }

  /// Adds a route for native WebSocket connections; see websocket::route in
  /// <socketio/websocket.hpp>.
  websocket::endpoint websocket(std::string_view pattern, websocket::route route);

  /// Listens; see http_server::listen().
  std::uint16_t listen(std::uint16_t port);
  std::uint16_t listen(const listen_options& options);
  /// Runs the server until close() has completed; see http_server::run().
  void run() { parts_->http.run(); }
  /// Disconnects all sockets with the reason `server shutting down`, closes all connections
  /// gracefully, and makes run() return. Any thread.
  void close();
  /// Closes the server on SIGINT or SIGTERM; http().on_signal() adds further functions. Call it
  /// before you start threads that signals must not interrupt.
  void close_on_signal();

  /// Sets the function to call with exceptions from handlers, and with events whose arguments do
  /// not convert to a handler's parameters; set it before listen(). The default writes a line for
  /// each error to the standard error stream: ten at once, then one every ten seconds.
  void on_error(error_handler handler) { parts_->http.on_error(std::move(handler)); }

  /// Runs a function without parameters on one of the server's threads.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Function>
  void post(Function&& function) {
    post_task(detail::make_task(std::forward<Function>(function)));
  }

  /// The HTTP host, for routes and files.
  [[nodiscard]] http_server& http() const { return parts_->http; }
  /// The Engine.IO server. Leave its on_connection() to Socket.IO.
  [[nodiscard]] engineio::server& engine() const { return *parts_->engine; }

 private:
  // The floors of the house, made from below.
  struct floors {
    template <class... Context>
    explicit floors(const server_options& options, Context&... context);
    ~floors();
    floors(const floors&) = delete;
    floors& operator=(const floors&) = delete;

    http_server http;
    std::unique_ptr<engineio::server> engine;
    core sockets;
    // Whether listen() has to say that there is no browser client.
    std::atomic<bool> client_missing{false};
  };

  explicit server(std::unique_ptr<floors> parts);

  void post_task(detail::task function);

  std::unique_ptr<floors> parts_;
};

}  // namespace socketio
