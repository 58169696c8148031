#pragma once

#include <array>
#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/message.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/timer.hpp>
#include <socketio/socket.hpp>

#include "event_middlewares.hpp"
#include "event_queue.hpp"
#include "listener_list.hpp"
#include "namespaces/event_names.hpp"
#include "namespaces/recoverable_sockets.hpp"
#include "namespaces/socket_data.hpp"
#include "packets/ack_waiter.hpp"
#include "packets/encoded_packet.hpp"
#include "recovery/recoverable_state.hpp"
#include "rooms/room_member.hpp"
#include "socket_client.hpp"

namespace socketio::engineio {
class session;
}

namespace socketio::detail {

class namespace_state;
class prepared_packets;

/// The state of a socket behind its handles. Use it only on its shard, except for members marked
/// "any thread".
class socket_state final : public room_member, public std::enable_shared_from_this<socket_state> {
 public:
  /// @param kept the data of the socket that this one goes on as; that of a new one is empty
  socket_state(std::shared_ptr<namespace_state> nsp, std::string id, socket_client& owner,
               std::shared_ptr<engineio::shard> shard, json auth, const engineio::session& session,
               socket_data kept);
  ~socket_state();
  socket_state(const socket_state&) = delete;
  socket_state& operator=(const socket_state&) = delete;

  // Immutable: any thread.
  const std::shared_ptr<namespace_state> nsp;
  const std::shared_ptr<engineio::shard> home;
  const socketio::handshake shake;

  /// Any thread, with the namespace's guard.
  socket_data data;

  /// The transport; the last one after the socket has ended. Any thread.
  [[nodiscard]] std::string_view transport() const;
  void note_transport(const engineio::session& session);
  [[nodiscard]] std::size_t buffered() const;
  /// The session; null after the socket has ended.
  [[nodiscard]] std::shared_ptr<engineio::session> session() const;

  void add_listener(listener_id handle, std::string_view event, event_handler handler,
                    const listener_place& place);
  void add_any(event_direction which, listener_id handle, any_handler handler,
               const listener_place& place);
  void off(std::string_view event);
  void off(listener_id handle);
  void off_any(event_direction which);
  void remove_all_listeners();
  [[nodiscard]] std::vector<listener_id> listeners_any(event_direction which) const;

  void add_middleware(event_middleware function);

  [[nodiscard]] bool has_outgoing_listeners() const {
    return seldom_ && !seldom_->any_of(event_direction::outgoing).empty();
  }

  /// Joins rooms; sends the latest events of their histories first.
  void join(const std::vector<std::string>& rooms, const join_options& options = {});
  void leave(const std::vector<std::string>& rooms);

  /// Sends an event, and asks for an acknowledgement if a handler is given.
  void emit(encoded_arguments&& event, const emit_flags& flags, ack_waiter&& awaited);
  /// Sends a prepared event.
  void emit(prepared_packets& packets, const emit_flags& flags);
  /// Sends a packet that other sockets also receive.
  /// @return whether it has been sent
  bool send(const encoded_packet& packet, const encoded_arguments& event, bool is_volatile);
  /// Waits for an acknowledgement.
  void expect_ack(ack_waiter&& awaited, std::optional<std::chrono::milliseconds> timeout);
  /// Stops waiting for an acknowledgement.
  void forget_ack(std::uint64_t ack_id);
  void send_ack(std::uint64_t ack_id, encoded_arguments&& values);

  /// Handles an event from the client, or lets it wait.
  void receive(const decoded_packet& packet);
  /// With the option sequential_handlers, the turn of the event that is being handled: the next one
  /// waits until nobody holds it any more. Else null.
  [[nodiscard]] std::shared_ptr<const void> current_turn() const {
    return seldom_ ? seldom_->turn.lock() : nullptr;
  }
  /// The events that wait; null for none.
  [[nodiscard]] const event_queue* waiting() const { return seldom_ ? &seldom_->waiting : nullptr; }
  /// Whether acknowledgements of the client are still to come.
  [[nodiscard]] bool awaits_answers() const { return seldom_ && !seldom_->pending_acks.empty(); }
  /// Handles an acknowledgement from the client.
  void receive_ack(std::uint64_t ack_id, std::span<const json_view> values);
  /// Calls the event's handlers, if the socket has not ended.
  void dispatch(const incoming_event& event);
  /// Calls the `error` handlers: the client broke the protocol, or a middleware refuses an event.
  void report_refusal(std::string_view what, const json& details = {});

  /// Reports that a middleware has not decided.
  void report_dropped(std::string_view where, std::string_view event);

  /// What makes the socket recoverable; null for one that is not.
  [[nodiscard]] recoverable_state* recovery() {
    return seldom_ ? seldom_->recovery.get() : nullptr;
  }
  void make_recoverable(std::unique_ptr<recoverable_state> made) {
    seldom().recovery = std::move(made);
  }
  /// Whether it goes on as an earlier socket.
  [[nodiscard]] bool recovered() const {
    return seldom_ && seldom_->recovery && seldom_->recovery->restored;
  }
  /// The data has changed.
  void note_data();
  /// Ends, because the client has come back on another connection.
  void give_way();

  void disconnect(bool close);
  /// Leaves the namespace, and calls the handlers with the reason. Of a socket that has not
  /// connected, those of `disconnect` alone.
  void end(std::string_view reason, std::string_view description);
  [[nodiscard]] bool has_ended() const { return ended_; }
  /// Ends without calling the handlers, because the server is being destroyed. Pending
  /// acknowledgements complete all the same.
  void abandon();

  /// Starts a coroutine, which is cancelled when the socket ends; see coroutine_host.
  void start(boost::asio::awaitable<void> coroutine, std::string_view where,
             std::string_view event);

  /// Calls application code, and reports its exceptions.
  /// @return whether the function returned
  template <class Function>
  bool guarded(std::string_view where, std::string_view event, Function&& function) {
    try {
      std::forward<Function>(function)();
      return true;
    } catch (...) {
      report(std::current_exception(), where, event);
      return false;
    }
  }

 private:
  // An expected acknowledgement.
  class pending_ack final : public engineio::timer {
   public:
    pending_ack(socket_state& owner, ack_waiter&& awaited)
        : waiter(std::move(awaited)), owner_(owner) {}

    ack_waiter waiter;

   private:
    void expire() override { owner_.complete_ack(waiter.ack_id(), error::timed_out, {}); }

    socket_state& owner_;
  };
  // A coroutine that has been started; its completion handler owns it.
  struct running_coroutine {
    boost::asio::cancellation_signal cancel;
  };
  // Members that most sockets never need.
  struct seldom_used {
    std::unique_ptr<recoverable_state> recovery;
    std::shared_ptr<const event_middlewares> middlewares;  // null for none
    std::vector<std::weak_ptr<running_coroutine>> coroutines;
    // By direction.
    std::array<listener_list<any_handler>, 2> any;
    std::map<std::uint64_t, std::unique_ptr<pending_ack>> pending_acks;
    // With sequential handlers:
    std::weak_ptr<const void> turn;
    event_queue waiting;
    bool handles_waiting = false;

    [[nodiscard]] listener_list<any_handler>& any_of(event_direction which) {
      return any[static_cast<std::size_t>(which)];
    }
  };

  [[nodiscard]] seldom_used& seldom();
  [[nodiscard]] event_names::name name_of(std::string_view event) const;
  void complete_ack(std::uint64_t ack_id, error_code error, std::span<const json_view> values);
  [[nodiscard]] bool awaits_too_many() const;
  void fail_later(ack_waiter&& awaited, error_code error);
  void run_ack(ack_waiter& waiter, error_code error, std::span<const json_view> values);
  // Releases the handlers, which may hold handles of the socket and so keep it alive for ever.
  void release_handlers();
  // Cancels the coroutines that wait.
  void cancel_coroutines();
  void handle(const incoming_event& event);
  void call_listeners(const incoming_event& event);
  [[nodiscard]] std::shared_ptr<const void> begin_turn();
  // Handles the events that wait, until one keeps its turn.
  void end_turn();
  void update_reading();
  void dispatch_local(std::string_view event, std::string_view first, const json& second);
  void tell_outgoing(const encoded_arguments& event);
  // Sends the latest events of a room's history.
  void rewind(const std::string& room, std::size_t most);
  // Whether events go through the log; then sends one. Also after the socket has ended, if it may
  // be restored.
  bool send_logged(const encoded_arguments& event, const emit_flags& flags);
  // After the socket has ended: it may be restored, or not.
  void settle_recovery(std::string_view reason, bool was_connected);
  void report(std::exception_ptr error, std::string_view where, std::string_view event);
  void report_mismatch(const std::optional<mismatch>& wrong, std::string_view where,
                       std::string_view event);

  // What carries the socket's packets; null once it has left it.
  [[nodiscard]] socket_client* client() const { return left_ ? nullptr : client_; }

  socket_client* client_;  // owns this socket; null after the handlers of its end
  listener_list<event_handler> listeners_;
  std::unique_ptr<seldom_used> seldom_;  // never reset once made
  bool ended_ = false;
  bool left_ = false;                   // nothing can be sent any more
  std::atomic<const char*> transport_;  // its name, a literal
};

/// Runs the handlers of a socket's events that are coroutines. Apart from the socket, because a
/// table of virtual functions would take memory in each.
class socket_host final : public coroutine_host {
 public:
  explicit socket_host(socket_state& owner) : socket_(owner) {}

  void start(boost::asio::awaitable<void> coroutine, std::string_view where,
             std::string_view event) override {
    socket_.start(std::move(coroutine), where, event);
  }

 private:
  socket_state& socket_;
};

}  // namespace socketio::detail
