#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <socketio/ack.hpp>
#include <socketio/arguments.hpp>
#include <socketio/broadcast_operator.hpp>
#include <socketio/connection.hpp>
#include <socketio/emit.hpp>
#include <socketio/handler.hpp>
#include <socketio/handshake.hpp>
#include <socketio/listener.hpp>
#include <socketio/middleware.hpp>
#include <socketio/recovery.hpp>

namespace socketio {

namespace detail {
class ack_waiter;
class socket_state;

using event_middleware =
    unique_function<void(std::string_view event, const arguments& values, next)>;
}  // namespace detail

class socket;

namespace detail {
/// Starts a coroutine on the shard of a socket, which cancels it when it ends. Call it there.
void start_coroutine(const socket& owner, boost::asio::awaitable<void> coroutine,
                     std::string_view where);
}  // namespace detail

/// Emits to one socket with flags. socket::timeout() and socket::volatile_() return it.
class socket_emitter : public emit_interface<socket_emitter> {
 public:
  socket_emitter(std::shared_ptr<detail::socket_state> target, emit_flags flags)
      : state_(std::move(target)), flags_(flags) {}

  /// Sets how long to wait for the acknowledgement.
  [[nodiscard]] socket_emitter timeout(std::chrono::milliseconds time) const;
  /// Drops the event if the client cannot take it at once.
  [[nodiscard]] socket_emitter volatile_() const;
  /// Sets whether the transport may compress the event, as it does by default if it compresses.
  [[nodiscard]] socket_emitter compress(bool allowed) const;

 private:
  friend class emit_interface<socket_emitter>;
  friend class emit_interface<socket>;

  static constexpr auto asks = detail::asked::one;

  [[nodiscard]] const socket_emitter& sender() const { return *this; }
  [[nodiscard]] std::string take_buffer() const;
  void check_attachments(const encoded_arguments& encoded) const;
  void send_encoded(encoded_arguments encoded, detail::ack_handler acknowledged) const;
  void send_encoded_with_ack(encoded_arguments encoded, ack_completion handler) const;
  void send_awaited(encoded_arguments encoded, detail::ack_waiter awaited) const;
  void send_prepared(const prepared_event& event) const;

  std::shared_ptr<detail::socket_state> state_;
  emit_flags flags_;
};

/// A handle of a client that is connected to a namespace.
///
/// You may copy and keep it, even in the socket's own handlers; after the client has disconnected
/// its functions do nothing. Call functions on any thread. Handlers run on the socket's shard,
/// never two of one socket at a time; after those of `disconnect` the socket releases all handlers.
class socket : public emit_interface<socket> {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// No socket: the functions do nothing.
  socket() = default;
  explicit socket(std::shared_ptr<detail::socket_state> state) : state_(std::move(state)) {}

  /// The id, 20 characters, which is also the name of a room that has only this socket.
  [[nodiscard]] const std::string& id() const;
  /// The namespace's name, for example `/`.
  [[nodiscard]] const std::string& nsp() const;
  /// Whether the client is connected.
  [[nodiscard]] bool connected() const;
  /// Whether the socket goes on as an earlier one, with the option connection_state_recovery: with
  /// its id, rooms and data. Call it on the socket's shard.
  [[nodiscard]] bool recovered() const;
  [[nodiscard]] const socketio::handshake& handshake() const;
  /// `polling` or `websocket`; after the socket has disconnected, its last transport.
  [[nodiscard]] std::string_view transport() const;
  /// Bytes that wait for the client to read them. A client for which more than max_send_queue wait
  /// is disconnected. Call it on the socket's shard, for example in a handler.
  [[nodiscard]] std::size_t buffered() const;

  /// The executor of the socket's shard, on which its handlers run, never two at a time; empty
  /// after the server has been destroyed.
  [[nodiscard]] executor_type get_executor() const;

  /// The connection, which a client's sockets in several namespaces share. Call it on the socket's
  /// shard.
  [[nodiscard]] socketio::connection connection() const;

  /// A copy of the application's data of the socket, initially `{}`. It is const because a change
  /// of the copy would be lost: use set_data() or update_data().
  [[nodiscard]] const json data() const;  // NOLINT(readability-const-return-type)
  /// Replaces the data.
  void set_data(json value) const;
  /// Changes the data atomically. `change` is a function that takes `json&`; it works on a copy,
  /// and runs again if another thread has changed the data meanwhile. If it throws, the data stays
  /// as it is, and the caller receives the exception.
  template <std::invocable<json&> Change>
  void update_data(Change&& change) const {
    static_assert(!std::invocable<Change, json>,
                  "the function of update_data() has to take json&, else its changes are lost");
    update(std::ref(change));
  }

  /// Makes an object of the application's own for the socket, in place of an earlier one of its
  /// type: for example in a middleware, for the handlers. T may be a structure without constructor.
  template <class T, class... Arguments>
  std::shared_ptr<T> emplace_data(Arguments&&... values) const {
    std::shared_ptr<T> object;
    if constexpr (std::is_constructible_v<T, Arguments...>) {
      object = std::make_shared<T>(std::forward<Arguments>(values)...);
    } else {  // not all compilers make such a structure in place
      object = std::make_shared<T>(T{std::forward<Arguments>(values)...});
    }
    set_object(typeid(T), object);
    return object;
  }
  /// The object of a type that emplace_data() has made; null if there is none.
  template <class T>
  [[nodiscard]] std::shared_ptr<T> data() const {
    return std::static_pointer_cast<T>(object(typeid(T)));
  }

  /// Adds a handler for an event. The event's arguments convert to its parameters: numbers,
  /// booleans, strings, bytes (binary), json, std::optional for arguments that may be missing or
  /// null, and any type that nlohmann_json converts; `arguments` takes all, and an `ack` as the
  /// last parameter acknowledges. std::bind_front() makes handlers of member functions:
  /// `std::bind_front(&game::move, this)`. If an argument does not convert, the server calls the
  /// error handler instead. A result acknowledges the event, a std::tuple with several values; the
  /// handler may be a coroutine that returns a boost::asio::awaitable, which is cancelled when the
  /// socket ends. The server itself causes the events `disconnecting` and `disconnect`, both with
  /// `(reason, description)`, and `error` with a text, and with the data of a middleware that
  /// refuses an event, if the client broke the protocol or use() refuses an event.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Handler>
  listener_id on(std::string_view event, Handler&& handler) const {
    return add_listener(event, detail::make_event_handler(std::forward<Handler>(handler)), {});
  }
  /// Compiles only with one function: std::bind_front() makes it of a member function and its
  /// object.
  template <class Function, class Object>
  void on(std::string_view /*event*/, Function&& /*function*/, Object&& /*object*/) const {
    detail::require_one_function<Function, Object>();
  }
  /// Adds a handler for the next event only.
  template <class Handler>
  listener_id once(std::string_view event, Handler&& handler) const {
    return add_listener(event, detail::make_event_handler(std::forward<Handler>(handler)),
                        {.once = true});
  }
  /// Adds a handler before those that there are.
  template <class Handler>
  listener_id prepend_listener(std::string_view event, Handler&& handler) const {
    return add_listener(event, detail::make_event_handler(std::forward<Handler>(handler)),
                        {.first = true});
  }
  /// Adds a handler for the next event only, before those that there are.
  template <class Handler>
  listener_id prepend_once_listener(std::string_view event, Handler&& handler) const {
    return add_listener(event, detail::make_event_handler(std::forward<Handler>(handler)),
                        {.once = true, .first = true});
  }
  /// Removes all handlers of an event.
  void off(std::string_view event) const;
  /// Removes one handler, of any kind.
  void off(listener_id id) const;
  /// Removes all handlers of all events; those of on_any() and on_any_outgoing() stay.
  void remove_all_listeners() const;

  /// Adds a handler `(std::string_view event, const arguments& values)` for all events from the
  /// client; it runs before the event's own handlers, and before those of use().
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Handler>
  listener_id on_any(Handler&& handler) const {
    return add_any(detail::event_direction::incoming,
                   detail::make_any_handler(std::forward<Handler>(handler)), {});
  }
  /// Adds such a handler before those that there are.
  template <class Handler>
  listener_id prepend_any(Handler&& handler) const {
    return add_any(detail::event_direction::incoming,
                   detail::make_any_handler(std::forward<Handler>(handler)), {.first = true});
  }
  /// Removes one handler of on_any(), or all.
  void off_any(listener_id id) const { off(id); }
  void off_any() const;
  /// The handlers of on_any(). Call it on the socket's shard.
  [[nodiscard]] std::vector<listener_id> listeners_any() const;

  /// Adds such a handler for all events to the client, including broadcasts.
  template <class Handler>
  listener_id on_any_outgoing(Handler&& handler) const {
    return add_any(detail::event_direction::outgoing,
                   detail::make_any_handler(std::forward<Handler>(handler)), {});
  }
  /// Adds such a handler before those that there are.
  template <class Handler>
  listener_id prepend_any_outgoing(Handler&& handler) const {
    return add_any(detail::event_direction::outgoing,
                   detail::make_any_handler(std::forward<Handler>(handler)), {.first = true});
  }
  /// Removes one handler of on_any_outgoing(), or all.
  void off_any_outgoing(listener_id id) const { off(id); }
  void off_any_outgoing() const;
  /// The handlers of on_any_outgoing(). Call it on the socket's shard.
  [[nodiscard]] std::vector<listener_id> listeners_any_outgoing() const;

  /// Adds a middleware `(std::string_view event, const arguments& values, next)` for the events
  /// from the client, which decides, maybe later, whether they reach the handlers. Middlewares run
  /// in the order in which they were added. Of a refused event the `error` handlers receive the
  /// message and the data. While an event waits for a decision, later ones do not wait for it.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Function>
  void use(Function&& function) const {
    constexpr bool fits =
        std::is_invocable_v<std::decay_t<Function>&, std::string_view, const arguments&, next>;
    static_assert(fits,
                  "a middleware of a socket takes the parameters (std::string_view event, const "
                  "socketio::arguments& values, socketio::next next)");
    if constexpr (fits) {
      add_middleware(
          detail::make_function<detail::event_middleware>(std::forward<Function>(function)));
    }
  }

  /// Joins rooms.
  void join(const room_list& rooms) const { join(rooms, {}); }
  /// Joins rooms that it is not in; first sends the latest events of their histories.
  void join(const room_list& rooms, const join_options& options) const;
  /// Leaves rooms.
  void leave(const room_list& rooms) const;
  /// The socket's rooms, its own one first; none after it has disconnected.
  [[nodiscard]] std::vector<std::string> rooms() const;

  /// All sockets in these rooms except this one.
  [[nodiscard]] broadcast_operator to(const room_list& rooms) const;
  /// All sockets in these rooms except this one.
  [[nodiscard]] broadcast_operator in(const room_list& rooms) const { return to(rooms); }
  /// All sockets of the namespace except this one and those in these rooms.
  [[nodiscard]] broadcast_operator except(const room_list& rooms) const;
  /// All sockets of the namespace except this one.
  [[nodiscard]] broadcast_operator broadcast() const;
  /// All sockets of the namespace in this process except this one.
  [[nodiscard]] broadcast_operator local() const;

  /// Returns an emitter that waits this long for an acknowledgement.
  [[nodiscard]] socket_emitter timeout(std::chrono::milliseconds time) const {
    return sender().timeout(time);
  }
  /// Returns an emitter whose events are dropped if the client cannot take them at once.
  [[nodiscard]] socket_emitter volatile_() const { return sender().volatile_(); }
  /// Returns an emitter that sets whether the transport may compress its events.
  [[nodiscard]] socket_emitter compress(bool allowed) const { return sender().compress(allowed); }

  /// Disconnects from the namespace; with `close`, from all namespaces, and closes the connection.
  void disconnect(bool close = false) const;
  /// Compiles only for a bool, because the protocol has no reason to send.
  template <class Other>
  void disconnect(const Other& /*close*/) const {
    static_assert(
        std::same_as<Other, bool>,
        "disconnect() takes a bool, whether to close the connection too; no reason is sent "
        "to the client");
  }

  /// Runs a function without parameters on the socket's shard, never at the same time as a handler.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Function>
  void post(Function&& function) const {
    post_task(detail::make_task(std::forward<Function>(function)));
  }

  [[nodiscard]] friend bool operator==(const socket& left, const socket& right) {
    return left.state_ == right.state_;
  }
  /// For hash tables, as std::hash.
  [[nodiscard]] friend std::size_t hash_value(const socket& socket) {
    return std::hash<std::shared_ptr<detail::socket_state>>()(socket.state_);
  }

 private:
  friend class emit_interface<socket>;
  friend void detail::start_coroutine(const socket& owner, boost::asio::awaitable<void> coroutine,
                                      std::string_view where);

  static constexpr auto asks = detail::asked::one;

  listener_id add_listener(std::string_view event, detail::event_handler handler,
                           const detail::listener_place& place) const;
  listener_id add_any(detail::event_direction which, detail::any_handler handler,
                      const detail::listener_place& place) const;
  void add_middleware(detail::event_middleware function) const;
  void set_object(const std::type_info& type, std::shared_ptr<void> object) const;
  [[nodiscard]] std::shared_ptr<void> object(const std::type_info& type) const;
  void post_task(detail::task function) const;
  void update(const std::function<void(json&)>& change) const;
  void note_change_of_data() const;
  [[nodiscard]] socket_emitter sender() const { return {state_, {}}; }
  [[nodiscard]] broadcast_options others() const;

  std::shared_ptr<detail::socket_state> state_;
};

}  // namespace socketio

template <>
struct std::hash<socketio::socket> {
  std::size_t operator()(const socketio::socket& socket) const { return hash_value(socket); }
};
