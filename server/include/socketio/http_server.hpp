#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/engineio/statistics.hpp>
#include <socketio/handler_error.hpp>
#include <socketio/http_handler.hpp>
#include <socketio/http_server_options.hpp>
#include <socketio/listen_options.hpp>
#include <socketio/protocol/http.hpp>

namespace boost::asio {
class io_context;
}

namespace socketio {

namespace engineio {
class server;
class shard;
}  // namespace engineio

namespace websocket {
class endpoint;
struct route;
}  // namespace websocket

struct cors_options;
struct form;
struct form_options;
struct static_files_options;

/// An HTTP/1.1 server: listeners, routes and, with attach(), Engine.IO.
///
/// Add routes before listen(). Misuse throws std::invalid_argument: an option out of range, a
/// pattern or method that no request has, a second route for the same pattern and method. Call
/// listen() and close() on any thread. If a handler throws, the server calls the error handler, and
/// the client gets status 500.
class http_server {
 public:
  /// A server with its own threads, which run() starts.
  explicit http_server(const http_server_options& options = {});
  /// A server on the application's context, which any number of threads may run. It has one shard:
  /// `threads` has no effect. The context has to outlive the server. Destroy the server only when
  /// the context does not run, or has run out of work after close().
  explicit http_server(boost::asio::io_context& context, const http_server_options& options = {});
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Adds a route.
  /// @param method for example `GET`, which also serves HEAD; `*` for any
  /// @param pattern an exact path, or a prefix if it ends with `*`
  /// @param handler either `http_response(const http_request&)` or an http_handler
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Handler>
  void route(std::string_view method, std::string_view pattern, Handler&& handler,
             std::optional<std::uint64_t> max_body_size = {}) {
    add_route(method, pattern, detail::make_http_handler(std::forward<Handler>(handler)),
              max_body_size);
  }
  /// Adds a route for GET and HEAD.
  template <class Handler>
  void get(std::string_view pattern, Handler&& handler) {
    route("GET", pattern, std::forward<Handler>(handler));
  }
  /// Adds a route for POST.
  template <class Handler>
  void post(std::string_view pattern, Handler&& handler) {
    route("POST", pattern, std::forward<Handler>(handler));
  }
  /// Adds a route that receives the requests' bodies piece by piece. A client has to send at least
  /// 64 KiB, or the rest, within each body_timeout.
  void receive(std::string_view method, std::string_view pattern, body_handler handler,
               std::optional<std::uint64_t> max_body_size = {});
  /// Adds a route for forms that clients post; see receive_form().
  void form(std::string_view pattern, form_options options,
            detail::unique_function<void(const http_request&, socketio::form, http_reply)> handler);
  /// Adds a route for native WebSocket connections; see websocket::route.
  websocket::endpoint websocket(std::string_view pattern, websocket::route route);
  /// Sets which other origins may use the routes, folders and client files whose path matches a
  /// pattern; of several patterns the longest counts. Answers preflights, and adds the CORS fields
  /// to all responses. Engine.IO has its own option.
  void cors(std::string_view pattern, cors_options options);
  /// Serves the files of a folder below a path that ends with a slash (see static_files).
  /// @throws std::invalid_argument if it is not a folder, or the path has no final slash
  void serve_folder(std::string_view path, const std::filesystem::path& folder);
  void serve_folder(std::string_view path, const std::filesystem::path& folder,
                    static_files_options options);
  /// Passes the requests for an exact path to an Engine.IO server, made with this server's
  /// shards().
  void attach(engineio::server& engine, std::string_view path);

  /// Begins to listen and returns the port, which matters if it was given as 0.
  /// @throws std::exception, mostly boost::system::system_error, that names the address, or the
  /// file of the certificate or key, and the reason
  std::uint16_t listen(std::uint16_t port);
  std::uint16_t listen(const listen_options& options);

  /// Runs the server until close() has completed. Not for a server on the application's context.
  /// @throws std::system_error if a thread cannot start; then none runs, and you may call run()
  /// again
  void run();
  /// Stops listening, answers the requests that have arrived, closes all connections, and makes
  /// run() return.
  void close();
  /// Calls a function on each SIGINT and SIGTERM until the server closes, also for those that come
  /// before run(). Several functions run in the order of their registration.
  void on_signal(std::function<void()> handler);

  /// Sets the function to call with exceptions of application code; set it before listen(). The
  /// default writes a line for each error to the standard error stream: ten at once, then one every
  /// ten seconds.
  void on_error(error_handler handler);
  /// Calls that function. Any thread.
  void report(const handler_error& error) const;

  [[nodiscard]] const std::vector<std::shared_ptr<engineio::shard>>& shards() const;
  [[nodiscard]] const http_server_options& options() const;
  /// The number of open connections. Any thread.
  [[nodiscard]] std::size_t connections_count() const;
  /// What happens on each shard, in numbers; add them up with `+=`. Any thread.
  [[nodiscard]] std::vector<engineio::statistics> statistics() const;

 private:
  void add_route(std::string_view method, std::string_view pattern, http_handler handler,
                 std::optional<std::uint64_t> max_body_size);

  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace socketio
