#pragma once

#include <boost/asio/awaitable.hpp>
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
#include <socketio/listener.hpp>
#include <socketio/middleware.hpp>
#include <socketio/recovery.hpp>
#include <socketio/remote_socket.hpp>
#include <socketio/rooms.hpp>
#include <socketio/server_side_emitter.hpp>
#include <socketio/socket.hpp>

namespace socketio {

class io_namespace;

namespace detail {

using connection_handler = unique_function<void(socket)>;
using namespace_handler = unique_function<void(io_namespace)>;
using middleware = unique_function<void(socket, next)>;

/// Runs a function that is a coroutine, and keeps it as long as that runs.
template <class Function, class... Values>
boost::asio::awaitable<void> keep_running(std::shared_ptr<Function> function, Values... values) {
  auto running = (*function)(values...);
  co_await std::move(running);
}

/// Runs a middleware that is a coroutine, and decides as it ends.
template <class Function>
boost::asio::awaitable<void> decide_by_end(std::shared_ptr<Function> function, socket joining,
                                           next go_on) {
  auto running = (*function)(joining);
  try {
    co_await std::move(running);
  } catch (const connect_error& error) {
    go_on(error);
    co_return;
  } catch (...) {
    go_on(connect_error("Internal server error"));
    throw;
  }
  go_on();
}

template <class Source>
connection_handler make_connection_handler(Source&& source) {
  using function_type = std::decay_t<Source>;
  if constexpr (is_awaitable<std::invoke_result_t<function_type&, socket>>) {
    const auto function = share_function(std::forward<Source>(source));
    return [function](const socket& connected) {
      start_coroutine(connected, keep_running(function, connected), "connection");
    };
  } else {
    return make_function<connection_handler>(std::forward<Source>(source));
  }
}

template <class Source>
middleware make_middleware(Source&& source) {
  using function_type = std::decay_t<Source>;
  if constexpr (std::is_invocable_v<function_type&, socket, next>) {
    if constexpr (is_awaitable<std::invoke_result_t<function_type&, socket, next>>) {
      const auto function = share_function(std::forward<Source>(source));
      return [function](const socket& joining, const next& go_on) {
        start_coroutine(joining, keep_running(function, joining, go_on), "middleware");
      };
    } else {
      return make_function<middleware>(std::forward<Source>(source));
    }
  } else {
    constexpr bool decides_by_end = [] {
      if constexpr (std::is_invocable_v<function_type&, socket>) {
        return is_awaitable<std::invoke_result_t<function_type&, socket>>;
      }
      return false;
    }();
    static_assert(decides_by_end,
                  "a middleware takes the parameters (socketio::socket socket, socketio::next "
                  "next), or is a coroutine with the parameter (socketio::socket socket)");
    if constexpr (decides_by_end) {
      const auto function = share_function(std::forward<Source>(source));
      return [function](const socket& joining, const next& go_on) {
        start_coroutine(joining, decide_by_end(function, joining, go_on), "middleware");
      };
    } else {
      return {};
    }
  }
}

}  // namespace detail

/// Completes server_count().
using count_completion = boost::asio::any_completion_handler<void(error_code, std::size_t)>;

/// A handle of a namespace: its sockets, its middlewares and its handlers. As a broadcast_operator
/// it means all its sockets. You may copy and keep it; after the server has been destroyed its
/// functions do nothing. Any thread.
class io_namespace : public broadcast_operator {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// No namespace: the functions do nothing.
  io_namespace() = default;
  explicit io_namespace(std::shared_ptr<detail::namespace_state> state)
      : broadcast_operator(std::move(state), {}) {}

  /// The name, for example `/admin`.
  [[nodiscard]] const std::string& name() const;
  /// Another namespace of the same server, for example `/`, which is the server itself; see
  /// core::of(). No namespace once the server has been destroyed.
  [[nodiscard]] io_namespace of(std::string_view other) const;
  /// The executor of one of the server's shards, the same for all its namespaces; empty after the
  /// server has been destroyed.
  [[nodiscard]] executor_type get_executor() const;

  /// Adds a handler `(socket)` for new sockets, the events `connection` and `connect`; on the
  /// namespace `/`, that is the server, also `(io_namespace)` for new namespaces, the event
  /// `new_namespace`, which comes before clients can join the namespace.
  /// @throws std::invalid_argument for an event that the handler is not for, for an empty
  /// std::function, and for a pointer that is null
  template <class Handler>
  listener_id on(std::string_view event, Handler&& handler) const {
    return add(event, std::forward<Handler>(handler), {});
  }
  /// Compiles only with one function: std::bind_front() makes it of a member function and its
  /// object.
  template <class Function, class Object>
  void on(std::string_view /*event*/, Function&& /*function*/, Object&& /*object*/) const {
    detail::require_one_function<Function, Object>();
  }
  /// Adds such a handler for the next event only.
  template <class Handler>
  listener_id once(std::string_view event, Handler&& handler) const {
    return add(event, std::forward<Handler>(handler), {.once = true});
  }
  /// Adds such a handler before those that there are.
  template <class Handler>
  listener_id prepend_listener(std::string_view event, Handler&& handler) const {
    return add(event, std::forward<Handler>(handler), {.first = true});
  }
  /// Adds such a handler for the next event only, before those that there are.
  template <class Handler>
  listener_id prepend_once_listener(std::string_view event, Handler&& handler) const {
    return add(event, std::forward<Handler>(handler), {.once = true, .first = true});
  }
  /// Adds a handler for an event that other servers of the cluster emit by server_side_emit(). Its
  /// parameters are those of socket::on(). It runs on a shard that is the same for all events.
  template <class Handler>
  listener_id on_server_side(std::string_view event, Handler&& handler) const {
    return add_server_side_handler(event,
                                   detail::make_event_handler(std::forward<Handler>(handler)), {});
  }
  /// Adds such a handler for the next event only.
  template <class Handler>
  listener_id once_server_side(std::string_view event, Handler&& handler) const {
    return add_server_side_handler(
        event, detail::make_event_handler(std::forward<Handler>(handler)), {.once = true});
  }
  /// Removes all handlers of an event.
  void off(std::string_view event) const;
  /// Removes one handler.
  void off(listener_id id) const;
  /// Removes all handlers of all events; middlewares stay.
  void remove_all_listeners() const;

  /// Adds a middleware, which decides whether a client may connect: `(socket, next)`, which may be
  /// a coroutine, or a coroutine `(socket)`, which accepts the client by its end, and refuses it by
  /// throwing a connect_error. Middlewares run in the order in which they were added.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Function>
  void use(Function&& function) const {
    add_middleware(detail::make_middleware(std::forward<Function>(function)));
  }

  /// Emits to the other servers of the cluster.
  [[nodiscard]] server_side_emitter server_side() const { return server_side_emitter(namespace_); }
  /// Emits an event to the other servers of the cluster; see server_side_emitter::emit(). On a
  /// server that is not part of a cluster nobody receives it, and nobody answers.
  template <class... Arguments>
  void server_side_emit(std::string_view event, Arguments&&... values) const {
    server_side().emit(event, std::forward<Arguments>(values)...);
  }
  /// The same, and completes with broadcast_answers; see server_side_emitter::emit_with_ack().
  template <class Result = detail::any_result, class... Arguments>
  auto server_side_emit_with_ack(std::string_view event, Arguments&&... values) const {
    return server_side().emit_with_ack<Result>(event, std::forward<Arguments>(values)...);
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

  /// The events of a room that this server keeps, with the option history, oldest first; of the
  /// room with the empty name, those that were sent to all sockets.
  /// @param after the offset of an event: only later ones, and none if it is not of this log
  [[nodiscard]] std::vector<past_event> history(std::string_view room,
                                                std::string_view after = {}) const;
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

  /// Whether both are the same namespace.
  [[nodiscard]] friend bool operator==(const io_namespace& left, const io_namespace& right) {
    return left.namespace_ == right.namespace_;
  }
  /// For hash tables, as std::hash.
  [[nodiscard]] friend std::size_t hash_value(const io_namespace& nsp) {
    return std::hash<std::shared_ptr<detail::namespace_state>>()(nsp.namespace_);
  }

 private:
  template <class Handler>
  listener_id add(std::string_view event, Handler&& handler,
                  const detail::listener_place& place) const {
    using function = std::decay_t<Handler>;
    if constexpr (std::is_invocable_v<function&, socket>) {
      return add_connection_handler(
          event, detail::make_connection_handler(std::forward<Handler>(handler)), place);
    } else {
      constexpr bool fits = std::is_invocable_v<function&, io_namespace>;
      static_assert(
          fits,
          "on() of a server or a namespace takes a handler of \"connection\" with the "
          "parameter (socketio::socket socket); a client's events are for socket.on(), and "
          "those of other servers for on_server_side()");
      if constexpr (fits) {
        return add_namespace_handler(
            event, detail::make_function<detail::namespace_handler>(std::forward<Handler>(handler)),
            place);
      } else {
        return {};
      }
    }
  }
  listener_id add_connection_handler(std::string_view event, detail::connection_handler handler,
                                     const detail::listener_place& place) const;
  listener_id add_namespace_handler(std::string_view event, detail::namespace_handler handler,
                                    const detail::listener_place& place) const;
  listener_id add_server_side_handler(std::string_view event, detail::event_handler handler,
                                      const detail::listener_place& place) const;
  void add_middleware(detail::middleware function) const;
  void count_servers(count_completion handler) const;
};

/// A namespace that makes a child for each new name that it allows; see core::of(). Its handlers
/// and middlewares are for children made later, what it emits goes to all children, and it has no
/// sockets of its own: fetch_sockets() completes with
/// `boost::asio::error::operation_not_supported`.
class parent_namespace : public io_namespace {
 public:
  /// No namespace: the functions do nothing.
  parent_namespace() = default;
  explicit parent_namespace(std::shared_ptr<detail::namespace_state> state)
      : io_namespace(std::move(state)) {}

  /// The namespaces that it has made, and that have not been removed.
  [[nodiscard]] std::vector<io_namespace> children() const;
};

}  // namespace socketio

template <>
struct std::hash<socketio::io_namespace> {
  std::size_t operator()(const socketio::io_namespace& nsp) const { return hash_value(nsp); }
};
