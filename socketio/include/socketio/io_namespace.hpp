#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <socketio/broadcast_operator.hpp>
#include <socketio/detail/unique_function.hpp>
#include <socketio/emit.hpp>
#include <socketio/remote_socket.hpp>
#include <socketio/rooms.hpp>
#include <socketio/socket.hpp>

namespace socketio {

/// Why a middleware refuses a client, which receives it as the `connect_error` event.
struct connect_error {
  std::string message;
  json data;  ///< any details; omitted if null

  connect_error(std::string text) : message(std::move(text)) {}  // NOLINT(*-explicit-*)
  connect_error(const char* text) : message(text) {}             // NOLINT(*-explicit-*)
  connect_error(std::string text, json details)
      : message(std::move(text)), data(std::move(details)) {}
};

/// Continues with the next middleware, or refuses the client, which waits until then. Copies share
/// the decision, and only the first call counts. Any thread.
class next {
 public:
  explicit next(std::function<void(std::optional<connect_error>)> decide)
      : decide_(std::move(decide)) {}

  void operator()() const { decide_(std::nullopt); }
  void operator()(connect_error error) const { decide_(std::move(error)); }

 private:
  std::function<void(std::optional<connect_error>)> decide_;
};

namespace detail {

using connection_handler = unique_function<void(socket)>;
using middleware = unique_function<void(socket, next)>;

}  // namespace detail

/// Completes server_count().
using count_completion = boost::asio::any_completion_handler<void(error_code, std::size_t)>;

/// A handle of a namespace: its sockets, its middlewares and its handlers. As a broadcast_operator
/// it means all its sockets. Any thread.
class io_namespace : public broadcast_operator {
 public:
  explicit io_namespace(std::shared_ptr<detail::namespace_state> state)
      : broadcast_operator(std::move(state), {}) {}

  /// The name, for example `/admin`.
  [[nodiscard]] const std::string& name() const;

  /// Adds a handler `(socket)` for new sockets.
  /// @param event `connection` or `connect`; std::invalid_argument for any other, for an empty
  /// std::function and for a pointer that is null
  template <class Handler>
  void on(std::string_view event, Handler&& handler) const {
    constexpr bool fits = std::is_invocable_v<std::decay_t<Handler>&, socket>;
    static_assert(fits,
                  "on() of a server or a namespace takes a handler of \"connection\" with the "
                  "parameter (socketio::socket socket); a client's events are for socket.on()");
    if constexpr (fits) {
      add_connection_handler(
          event, detail::make_function<detail::connection_handler>(std::forward<Handler>(handler)));
    }
  }
  /// Adds a middleware `(socket, next)`, which decides whether a client may connect. Middlewares
  /// run in the order in which they were added.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Function>
  void use(Function&& function) const {
    constexpr bool fits = std::is_invocable_v<std::decay_t<Function>&, socket, next>;
    static_assert(
        fits, "a middleware takes the parameters (socketio::socket socket, socketio::next next)");
    if constexpr (fits) {
      add_middleware(detail::make_function<detail::middleware>(std::forward<Function>(function)));
    }
  }

  /// The sockets of the namespace that are connected to this server.
  [[nodiscard]] std::vector<socket> sockets() const;
  /// The socket of this server with an id.
  [[nodiscard]] std::optional<socket> find_socket(std::string_view id) const;
  /// The number of sockets in the namespace on this server.
  [[nodiscard]] std::size_t sockets_count() const;
  /// The number of sockets in a room on this server.
  [[nodiscard]] std::size_t sockets_count(std::string_view room) const;
  /// The rooms of the namespace on this server, by name, including each socket's own room.
  [[nodiscard]] std::vector<room_info> rooms() const;
  /// The number of these rooms.
  [[nodiscard]] std::size_t rooms_count() const;
  /// Adds an observer of these rooms. Call it before clients connect.
  void add_room_observer(std::shared_ptr<room_observer> observer) const;

  /// Completes with the number of servers in the cluster, with the signature `void(error_code,
  /// std::size_t)`. The handler runs on its associated executor, else on a shard; its cancellation
  /// slot ends the wait. Errors: those of fetch_sockets().
  template <class Token>
  auto server_count(Token&& token) const {
    if constexpr (detail::require_completion_token<Token>()) {
      constexpr bool fits = detail::completes_with<Token, error_code, std::size_t>;
      static_assert(fits,
                    "a function that completes server_count() takes (socketio::error_code error, "
                    "std::size_t count)");
      if constexpr (fits) {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [self = *this](auto&& handler) {
              self.count_servers(count_completion(std::forward<decltype(handler)>(handler)));
            },
            token);
      }
    }
  }

 private:
  void add_connection_handler(std::string_view event, detail::connection_handler handler) const;
  void add_middleware(detail::middleware function) const;
  void count_servers(count_completion handler) const;
};

}  // namespace socketio
