#pragma once

#include <atomic>
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

#include "listener_list.hpp"
#include "namespaces/event_names.hpp"
#include "namespaces/socket_data.hpp"
#include "packets/ack_waiter.hpp"
#include "packets/encoded_packet.hpp"
#include "rooms/room_member.hpp"
#include "socket_client.hpp"

namespace socketio::engineio {
class session;
}

namespace socketio::detail {

class namespace_state;

/// The state of a socket behind its handles. Use it only on its shard, except for members marked
/// "any thread".
class socket_state final : public room_member, public std::enable_shared_from_this<socket_state> {
 public:
  socket_state(std::shared_ptr<namespace_state> nsp, socket_client& owner,
               std::shared_ptr<engineio::shard> shard, json auth, const engineio::session& session);
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

  void add_listener(listener_id handle, std::string_view event, event_handler handler, bool once);
  void add_any(listener_id handle, any_handler handler);
  void add_any_outgoing(listener_id handle, any_handler handler);
  void off(std::string_view event);
  void off(listener_id handle);
  void off_any();

  [[nodiscard]] bool has_outgoing_listeners() const {
    return seldom_ && !seldom_->any_outgoing.empty();
  }

  void join(const std::vector<std::string>& rooms);
  void leave(const std::vector<std::string>& rooms);

  /// Sends an event, and asks for an acknowledgement if a handler is given.
  void emit(encoded_arguments&& event, const emit_flags& flags, ack_waiter&& awaited);
  /// Sends a packet that other sockets also receive.
  void send(const encoded_packet& packet, const encoded_arguments& event, bool is_volatile);
  /// Waits for an acknowledgement.
  void expect_ack(ack_waiter&& awaited, std::optional<std::chrono::milliseconds> timeout);
  /// Stops waiting for an acknowledgement.
  void forget_ack(std::uint64_t ack_id);
  void send_ack(std::uint64_t ack_id, encoded_arguments&& values);

  /// Handles an event from the client.
  void receive(const decoded_packet& packet);
  /// Handles an acknowledgement from the client.
  void receive_ack(std::uint64_t ack_id, std::span<const json_view> values);
  /// Calls the `error` handlers, because the client broke the protocol.
  void report_violation(std::string_view what);

  void disconnect(bool close);
  /// Leaves the namespace, and calls the handlers with the reason.
  void end(std::string_view reason, std::string_view description);
  [[nodiscard]] bool has_ended() const { return ended_; }
  /// Ends without calling the handlers, because the server is being destroyed. Pending
  /// acknowledgements complete all the same.
  void abandon();

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
  // Members that most sockets never need.
  struct seldom_used {
    listener_list<any_handler> any;
    listener_list<any_handler> any_outgoing;
    std::map<std::uint64_t, std::unique_ptr<pending_ack>> pending_acks;
  };

  [[nodiscard]] seldom_used& seldom();
  [[nodiscard]] event_names::name name_of(std::string_view event) const;
  void complete_ack(std::uint64_t ack_id, error_code error, std::span<const json_view> values);
  void fail_later(ack_waiter&& awaited, error_code error);
  void run_ack(ack_waiter& waiter, error_code error, std::span<const json_view> values);
  // Releases the handlers, which may hold handles of the socket and so keep it alive for ever.
  void release_handlers();
  void dispatch(const incoming_event& event);
  void dispatch_local(std::string_view event, std::string_view first, std::string_view second);
  void tell_outgoing(const encoded_arguments& event);
  void report(std::exception_ptr error, std::string_view where, std::string_view event);
  void report_mismatch(const std::optional<mismatch>& wrong, std::string_view where,
                       std::string_view event);

  socket_client* client_;  // owns this socket; null after it has ended
  listener_list<event_handler> listeners_;
  std::unique_ptr<seldom_used> seldom_;  // never reset once made
  bool ended_ = false;
  std::atomic<const char*> transport_;  // its name, a literal
};

}  // namespace socketio::detail
