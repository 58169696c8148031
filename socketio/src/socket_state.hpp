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

#include "encoded_packet.hpp"
#include "listener_list.hpp"
#include "room_table.hpp"

namespace socketio::detail {

class client;
class namespace_state;

/// What a socket is, behind its handles. Used on its shard, but for what has the word "any thread".
class socket_state final : public std::enable_shared_from_this<socket_state> {
 public:
  using any_handler = std::function<void(std::string_view event, const arguments&)>;

  socket_state(std::shared_ptr<namespace_state> nsp, client& owner,
               std::shared_ptr<engineio::shard> shard, json auth, const stored_request& request);
  ~socket_state();
  socket_state(const socket_state&) = delete;
  socket_state& operator=(const socket_state&) = delete;

  // Immutable: any thread.
  const std::shared_ptr<namespace_state> nsp;
  const std::shared_ptr<engineio::shard> home;
  const std::string id;
  const socketio::handshake shake;

  /// Any thread.
  std::atomic<bool> connected{false};
  /// Any thread.
  [[nodiscard]] json data() const;
  void set_data(json value);

  // For the room table.
  socket_rooms in_rooms;
  std::uint64_t broadcast_mark = 0;

  [[nodiscard]] std::string_view transport() const;

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

  /// Sends an event, with an ack id if it is to be acknowledged.
  void emit(encoded_arguments&& event, const emit_flags& flags, ack_handler acknowledged);
  /// Sends a packet that others receive too.
  void send(const encoded_packet& packet, const encoded_arguments& event, bool is_volatile);
  /// Waits for an acknowledgement under an id.
  void expect_ack(std::uint64_t ack_id, ack_handler acknowledged,
                  std::optional<std::chrono::milliseconds> timeout);
  /// Does not wait any more.
  void forget_ack(std::uint64_t ack_id);
  void send_ack(std::uint64_t ack_id, encoded_arguments&& values);

  /// An event from the client.
  void receive(const decoded_packet& packet);
  /// An acknowledgement from the client.
  void receive_ack(std::uint64_t ack_id, std::span<const json_view> values);
  /// The client broke the protocol.
  void report_violation(std::string_view what);

  void disconnect(bool close);
  /// Leaves the namespace, and tells the handlers why.
  void end(std::string_view reason, std::string_view description);
  /// The server is being destroyed: ends without telling anybody.
  void abandon();

 private:
  // An acknowledgement that is waited for.
  class pending_ack final : public engineio::timer {
   public:
    pending_ack(socket_state& owner, std::uint64_t ack_id, ack_handler acknowledged)
        : handler(std::move(acknowledged)), owner_(owner), ack_id_(ack_id) {}

    const ack_handler handler;

   private:
    void expire() override { owner_.complete_ack(ack_id_, error::timed_out, {}); }

    socket_state& owner_;
    std::uint64_t ack_id_;
  };
  // What most sockets never need.
  struct seldom_used {
    listener_list<any_handler> any;
    listener_list<any_handler> any_outgoing;
    std::map<std::uint64_t, std::unique_ptr<pending_ack>> pending_acks;
  };

  [[nodiscard]] seldom_used& seldom();
  [[nodiscard]] event_names::name name_of(std::string_view event) const;
  void complete_ack(std::uint64_t ack_id, error_code error, std::span<const json_view> values);
  void fail_later(ack_handler acknowledged);
  void run_ack(const ack_handler& handler, error_code error, std::span<const json_view> values);
  // The handlers may hold handles of the socket, and would keep it for ever.
  void release_handlers();
  void dispatch(const incoming_event& event);
  void dispatch_local(std::string_view event, std::string_view first, std::string_view second);
  void tell_outgoing(const encoded_arguments& event);
  void report_mismatch(const std::string& mismatch) const;
  template <class Function>
  void guarded(std::string_view where, Function function) const;

  client* client_;  // owns this; null after the end
  listener_list<event_handler> listeners_;
  std::unique_ptr<seldom_used> seldom_;  // once made, it stays
  std::unique_ptr<const json> data_;     // null for an empty object; any thread, with a lock
  bool ended_ = false;
};

}  // namespace socketio::detail
