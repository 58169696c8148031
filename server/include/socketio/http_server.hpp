#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <concepts>
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

#include <socketio/detail/completion_requirements.hpp>
#include <socketio/engineio/http_middleware.hpp>
#include <socketio/engineio/statistics.hpp>
#include <socketio/error.hpp>
#include <socketio/handler_error.hpp>
#include <socketio/http_handler.hpp>
#include <socketio/http_server_options.hpp>
#include <socketio/listen_options.hpp>
#include <socketio/protocol/http.hpp>

namespace boost::asio {
class any_io_executor;
class io_context;
}  // namespace boost::asio

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

/// Completes close().
using close_completion = boost::asio::any_completion_handler<void(error_code)>;

namespace detail {
/// Requirements on the token of close().
template <class Token>
consteval bool require_close_token() {
  if constexpr (require_completion_token<Token>()) {
    constexpr bool fits = completes_with<Token, error_code>;
    static_assert(fits, "a function that completes close() takes (socketio::error_code error)");
    return fits;
  }
  return false;
}
/// A function that handles a form, and returns the response.
template <class Function>
concept form_responder = requires(std::decay_t<Function> function, const http_request& request,
                                  form&& received) {
  { function(request, std::move(received)) } -> std::convertible_to<http_response>;
};
}  // namespace detail

/// Contexts of the application.
using context_list = std::vector<std::reference_wrapper<boost::asio::io_context>>;

/// An HTTP/1.1 server: listeners, routes and, with attach(), Engine.IO.
///
/// Add routes and middlewares before listen(). Misuse throws std::invalid_argument: an option out
/// of range, a pattern or method that no request has, a second route for the same pattern and
/// method. Call listen() and close() on any thread. If a handler throws, the server calls the error
/// handler, and the client gets status 500.
class http_server {
 public:
  /// A server with its own threads, which run() starts.
  explicit http_server(const http_server_options& options = {});
  /// A server on an executor of the application's, for example of an io_context or of a
  /// thread_pool, on which any number of threads may run; it has `threads` shards. The executor's
  /// context has to outlive the server. Destroy the server only when the context does not run, or
  /// has run out of work after close().
  explicit http_server(const boost::asio::any_io_executor& executor,
                       const http_server_options& options = {});
  explicit http_server(boost::asio::io_context& context, const http_server_options& options = {});
  /// A server on several contexts of the application's, with one shard on each, so that `threads`
  /// has no effect. One thread at a time may run each of them, by run() or by poll(). It saves the
  /// strands of a context that several threads run.
  explicit http_server(const context_list& contexts, const http_server_options& options = {});
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Adds a middleware: each request passes through all of them in their order before its body has
  /// arrived, and then goes to its route, folder, form or WebSocket endpoint, or nowhere (404).
  /// Only Engine.IO's requests do not: they pass through its own. A middleware that answers a
  /// request whose body still arrives closes the connection. One that throws, or fails, gives
  /// status 500.
  /// @throws std::invalid_argument for an empty function
  void use(http_middleware middleware);
  /// Adds a middleware for the requests whose path matches a pattern, as that of a route does.
  /// @throws std::invalid_argument also for a pattern that no request's path fits
  void use(std::string_view pattern, http_middleware middleware);

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
  /// Adds one whose handler returns the response.
  template <detail::form_responder Handler>
  void form(std::string_view pattern, form_options options, Handler&& handler);
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
  /// Serves one file at a path, as serve_folder() serves those of a folder.
  /// @throws std::invalid_argument if it is not a regular file, or its name starts with a dot
  void serve_file(std::string_view path, const std::filesystem::path& file);
  void serve_file(std::string_view path, const std::filesystem::path& file,
                  static_files_options options);
  /// Passes the requests for an exact path to an Engine.IO server, made with this server's
  /// shards().
  void attach(engineio::server& engine, std::string_view path);

  /// Begins to listen and returns the port, which matters if it was given as 0. It opens a closed
  /// server again: one on the application's contexts once close() has completed; else it waits
  /// until run() has returned, which you have to call again.
  /// @throws std::exception, mostly boost::system::system_error, that names the address, or the
  /// file of the certificate or key, and the reason
  /// @throws std::logic_error while the server closes
  std::uint16_t listen(std::uint16_t port);
  std::uint16_t listen(const listen_options& options);

  /// Runs the server until close() has completed. Not for a server on the application's contexts.
  /// @throws std::system_error if a thread cannot start; then none runs, and you may call run()
  /// again
  void run();
  /// Stops listening, answers the requests that have arrived, closes all connections, and makes
  /// run() return.
  void close();
  /// The same, and completes with the signature `void(error_code)` when all that is done, or was
  /// done before; also for a server that does not listen. The handler runs on its associated
  /// executor, else on a shard, or before this call returns, if no shard runs any more. Error:
  /// `boost::asio::error::operation_aborted`, also if the server is destroyed meanwhile.
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
  friend class server;

  std::uint16_t listen(const listen_options& options, const std::function<void()>& prepare);
  void start_close(close_completion handler);
  void add_route(std::string_view method, std::string_view pattern, http_handler handler,
                 std::optional<std::uint64_t> max_body_size);

  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace socketio
