#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/ack.hpp>
#include <socketio/arguments.hpp>
#include <socketio/broadcast_operator.hpp>
#include <socketio/emit.hpp>
#include <socketio/handler.hpp>
#include <socketio/handshake.hpp>

namespace socketio {

namespace detail {
class ack_waiter;
class socket_state;
}  // namespace detail

/// Names a handler, to remove it.
enum class listener_id : std::uint64_t {};

class socket;

/// Emits to one socket with flags. socket::timeout() and socket::volatile_() return it.
class socket_emitter : public emit_interface<socket_emitter> {
 public:
  socket_emitter(std::shared_ptr<detail::socket_state> target, emit_flags flags)
      : state_(std::move(target)), flags_(flags) {}

  /// Sets how long to wait for the acknowledgement.
  [[nodiscard]] socket_emitter timeout(std::chrono::milliseconds time) const;
  /// Drops the event if the client cannot take it at once.
  [[nodiscard]] socket_emitter volatile_() const;

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
  explicit socket(std::shared_ptr<detail::socket_state> state) : state_(std::move(state)) {}

  /// The id, 20 characters, which is also the name of a room that has only this socket.
  [[nodiscard]] const std::string& id() const;
  /// The namespace's name, for example `/`.
  [[nodiscard]] const std::string& nsp() const;
  /// Whether the client is connected.
  [[nodiscard]] bool connected() const;
  [[nodiscard]] const socketio::handshake& handshake() const;
  /// `polling` or `websocket`; after the socket has disconnected, its last transport.
  [[nodiscard]] std::string_view transport() const;
  /// Bytes that wait for the client to read them. A client for which more than max_send_queue wait
  /// is disconnected. Call it on the socket's shard, for example in a handler.
  [[nodiscard]] std::size_t buffered() const;

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

  /// Adds a handler for an event. The event's arguments convert to its parameters: numbers,
  /// booleans, strings, bytes (binary), json, std::optional for arguments that may be missing or
  /// null, and any type that nlohmann_json converts; `arguments` takes all, and an `ack` as the
  /// last parameter acknowledges. If an argument does not convert, the server calls the error
  /// handler instead. It ignores the handler's result. The server itself causes the events
  /// `disconnecting` and `disconnect`, both with `(reason, description)`, and `error` with a text,
  /// if the client broke the protocol.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Handler>
  listener_id on(std::string_view event, Handler&& handler) const {
    return add_listener(event, detail::make_event_handler(std::forward<Handler>(handler)), false);
  }
  /// Adds a handler for the next event only.
  template <class Handler>
  listener_id once(std::string_view event, Handler&& handler) const {
    return add_listener(event, detail::make_event_handler(std::forward<Handler>(handler)), true);
  }
  /// Removes all handlers of an event.
  void off(std::string_view event) const;
  /// Removes one handler, of any kind.
  void off(listener_id id) const;

  /// Adds a handler `(std::string_view event, const arguments& values)` for all events from the
  /// client; it runs before the event's own handlers.
  /// @throws std::invalid_argument for an empty std::function, or a pointer that is null
  template <class Handler>
  listener_id on_any(Handler&& handler) const {
    return add_any(detail::make_any_handler(std::forward<Handler>(handler)));
  }
  /// Removes all handlers of on_any().
  void off_any() const;
  /// Adds such a handler for all events to the client, including broadcasts.
  template <class Handler>
  listener_id on_any_outgoing(Handler&& handler) const {
    return add_any_outgoing(detail::make_any_handler(std::forward<Handler>(handler)));
  }

  /// Joins rooms.
  void join(const room_list& rooms) const;
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

 private:
  friend class emit_interface<socket>;

  static constexpr auto asks = detail::asked::one;

  listener_id add_listener(std::string_view event, detail::event_handler handler, bool once) const;
  listener_id add_any(detail::any_handler handler) const;
  listener_id add_any_outgoing(detail::any_handler handler) const;
  void post_task(detail::task function) const;
  void update(const std::function<void(json&)>& change) const;
  [[nodiscard]] socket_emitter sender() const { return {state_, {}}; }
  [[nodiscard]] broadcast_options others() const;

  std::shared_ptr<detail::socket_state> state_;
};

}  // namespace socketio
