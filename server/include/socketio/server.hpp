#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/core.hpp>
#include <socketio/engineio/options.hpp>
#include <socketio/engineio/server.hpp>
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
  /// A server on an executor, a context or several contexts of the application's; see http_server.
  explicit server(const boost::asio::any_io_executor& executor, const server_options& options = {});
  explicit server(boost::asio::io_context& context, const server_options& options = {});
  explicit server(const context_list& contexts, const server_options& options = {});
  /// A server on another one's HTTP host, beside it, at another path: `server(io.http(), options)`.
  /// Only options of Engine.IO and Socket.IO have an effect. The host listens and runs for both.
  /// Keep the server while the host runs, and destroy it before the host; close() ends the server
  /// alone.
  /// @throws std::invalid_argument also for a path that the host already serves
  explicit server(http_server& host, const server_options& options);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Returns a namespace, and creates it if it is new.
  io_namespace of(std::string_view name) const { return parts_->sockets.of(name); }
  /// Makes a parent namespace; see core::of().
  template <class Pattern>
  requires(!std::convertible_to<Pattern, std::string_view>) parent_namespace of(Pattern&& pattern)
  const { return parts_->sockets.of(std::forward<Pattern>(pattern)); }
  /// Removes a namespace; see core::remove_namespace().
  bool remove_namespace(std::string_view name) const {
    return parts_->sockets.remove_namespace(name);
  }

  /// The time that a client has to join a namespace; see core::connect_timeout().
  [[nodiscard]] std::chrono::milliseconds connect_timeout() const {
    return parts_->sockets.connect_timeout();
  }
  void connect_timeout(std::chrono::milliseconds time) const {
    parts_->sockets.connect_timeout(time);
  }
  /// What is kept for clients that are away, and in histories.
  [[nodiscard]] socketio::recovery_statistics recovery_statistics() const {
    return parts_->sockets.recovery_statistics();
  }
  /// Makes the adapters of all namespaces anew; see core::adapter().
  void adapter(const adapter_factory& factory) const { parts_->sockets.adapter(factory); }

  /// Adds a route for native WebSocket connections; see websocket::route in
  /// <socketio/websocket.hpp>.
  websocket::endpoint websocket(std::string_view pattern, websocket::route route);

  /// Listens; see http_server::listen(). A server that has closed makes its adapters anew.
  std::uint16_t listen(std::uint16_t port);
  std::uint16_t listen(const listen_options& options);
  /// Runs the server until close() has completed; see http_server::run().
  void run() { parts_->http.run(); }
  /// Disconnects all sockets with the reason `server shutting down`, closes all connections
  /// gracefully, and makes run() return. Any thread.
  void close();
  /// The same, and completes; see http_server::close(). On the host of another server it completes
  /// when all its connections have ended.
  template <class Token>
  auto close(Token&& token) {
    if constexpr (detail::require_close_token<Token>()) {
      return boost::asio::async_initiate<Token, void(error_code)>(
          [this](auto&& handler) {
            start_close(close_completion(std::forward<decltype(handler)>(handler)));
          },
          token);
    }
  }
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
    floors(const server_options& options, std::unique_ptr<http_server> own);
    floors(const server_options& options, http_server& host);
    ~floors();
    floors(const floors&) = delete;
    floors& operator=(const floors&) = delete;

    std::unique_ptr<http_server> own_http;  // null on the host of another server
    http_server& http;
    std::unique_ptr<engineio::server> engine;
    core sockets;
    // Whether listen() has to say that there is no browser client.
    std::atomic<bool> client_missing{false};
  };

  explicit server(std::unique_ptr<floors> parts);

  void start_close(close_completion handler);
  void post_task(detail::task function);

  std::unique_ptr<floors> parts_;
};

}  // namespace socketio
