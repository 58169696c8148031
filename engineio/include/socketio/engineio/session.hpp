#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/timer.hpp>
#include <socketio/engineio/transport.hpp>
#include <socketio/protocol/attached_objects.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace socketio::detail {
class upgrade;
}

namespace socketio::engineio {

class server;
class session_observer;

/// Receives the events of a session, on the session's shard.
class session_handler {
 public:
  virtual ~session_handler() = default;
  session_handler(const session_handler&) = delete;
  session_handler& operator=(const session_handler&) = delete;

  /// A message has arrived.
  virtual void handle_message(received_message message) = 0;
  /// The session has moved to another transport.
  virtual void handle_upgrade() {}
  /// The session has ended; the last call. The handler should release the session.
  virtual void handle_end(std::string_view reason, std::string_view description) = 0;

 protected:
  session_handler() = default;
};

/// One client's session: it has a transport, may have an upgrade to another one, and keeps the
/// heartbeat. Use it only on its shard.
class session final : public std::enable_shared_from_this<session>, private transport_handler {
 public:
  /// @param id from make_identifier(), or what the application has chosen, without null characters
  /// @param request the request that opens the session
  session(server& owner, shard& home, std::string_view id, const http_request& request,
          const engineio::codec& codec);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Any thread.
  [[nodiscard]] std::string_view id() const {
    return id_.front() != '\0' ? std::string_view(id_.data(), id_.size()) : request_.label();
  }
  [[nodiscard]] shard& home() const { return home_; }
  /// The request that opened the session.
  [[nodiscard]] const stored_request& request() const { return request_; }
  /// Whether the session sends messages: it has not been closed and has not ended.
  [[nodiscard]] bool is_open() const { return state_ == state::open; }
  /// Whether the transport would take a message at once.
  [[nodiscard]] bool writable() const;
  /// Bytes that wait for the client; more than max_send_queue end the session.
  [[nodiscard]] std::size_t buffered() const;
  /// The transport's name, a literal such as `polling`; empty after the server has been destroyed.
  [[nodiscard]] std::string_view transport() const;
  /// The client's revision of the protocol.
  [[nodiscard]] const engineio::codec& codec() const override { return codec_; }
  /// Whether an upgrade to another transport is going on.
  [[nodiscard]] bool is_upgrading() const { return upgrade_ != nullptr; }
  /// Whether the session has moved to another transport.
  [[nodiscard]] bool has_upgraded() const { return upgraded_; }

  /// The object of a type that has been attached: by a middleware to the request that opened the
  /// session, by allow_request(), or by attach(). Null if there is none, and after the end:
  /// handlers and observers of the end still find it.
  template <class T>
  [[nodiscard]] std::shared_ptr<T> attachment() const {
    return attached().find<T>();
  }
  /// All of them.
  [[nodiscard]] const attached_objects& attached() const;
  /// Keeps an object for the application until the session ends, instead of an earlier one of its
  /// type; see http_next::attach().
  template <class T>
  void attach(T&& object) {
    attached_objects added;
    added.set(std::forward<T>(object));
    attach_all(added);
  }
  /// Adds an observer of this session, until the session ends. It may be added at any time, also
  /// while observers are told; it is not told that the session opened.
  void add_observer(std::shared_ptr<session_observer> observer);

  /// Sends a text message.
  void send_text(std::string_view data);
  /// Sends a text message of two parts. May move from the second one.
  void send_text(std::string_view head, std::string&& rest);
  /// Sends a binary message.
  void send_binary(std::string_view data);
  /// Sends a binary message, and shares its bytes.
  void send_binary(const shared_bytes& data);
  void send(const shared_message& message);

  /// Stops receiving from the client, which has to wait, and goes on. What has arrived may still
  /// come. Meanwhile the client's heartbeats cannot be read, so that it need not send any; it hears
  /// from the server often enough to know that it is there.
  void pause();
  void resume();
  [[nodiscard]] bool is_paused() const { return paused_; }

  /// Closes the session. Calls the handler at once, with the reason `forced close`; the client
  /// still receives the earlier messages and the notice of closing.
  void close();
  /// Closes the session without waiting until the client polls for the earlier messages.
  void discard();

  /// Sets the handler, which the session keeps as long as it lives.
  void set_handler(std::shared_ptr<session_handler> handler) { handler_ = std::move(handler); }
  [[nodiscard]] session_handler* handler() const { return handler_.get(); }

  // For the server.

  /// Releases the transport and the handler, and calls nobody: the server is being destroyed.
  void abandon();

  /// Opens the session on its first transport.
  void open(std::unique_ptr<engineio::transport> first);
  /// Begins an upgrade to another transport, or ends that if the session cannot move to it.
  void try_upgrade(std::unique_ptr<engineio::transport> candidate);
  [[nodiscard]] engineio::transport& current_transport() const { return *transport_; }

 private:
  friend class detail::upgrade;

  enum class state : std::uint8_t { open, closing, closed };

  void handle_packet(const packet& received, received_message message) override;
  void handle_end(std::string_view reason, std::string_view description) override;
  void handle_closed() override;
  void handle_drain() override;

  void attach_all(const attached_objects& added);
  // Calls a function with each observer.
  template <class Function>
  void tell(Function function) const;
  [[nodiscard]] bool is_observed() const;
  void count_received(const packet& received);
  void count_sent(const packet& sent);
  [[nodiscard]] counter& sessions_counter() const;
  void send_packet(packet_type type, std::string_view data);
  void receive_ping();
  void receive_pong();
  void await_ping();
  // Starts the timer while the deadline is the client's.
  void await_client();
  void timer_expired();

  void complete_upgrade();
  void give_up_upgrade();

  void end(std::string_view reason, std::string_view description = {});
  void report_end(std::string_view reason, std::string_view description);
  void close_transport();
  void finish();

  server& server_;
  shard& home_;
  std::shared_ptr<session_handler> handler_;
  stored_request request_;
  // Null characters if the id has another size: then it lies with the request.
  std::array<char, identifier_size> id_{};
  state state_ = state::open;
  // Whether the timer's deadline is the client's: of its pong, or of its next ping.
  bool awaiting_client_ = false;
  bool deadline_extended_ = false;
  // Whether the server has attached objects, or observers, for this session.
  bool attached_ : 1 = false;
  bool observed_ : 1 = false;
  bool upgraded_ : 1 = false;
  bool paused_ : 1 = false;
  // Whether reading has been paused since the timer was started, so that the client's heartbeat may
  // lie in the network, behind what it sent before.
  bool behind_ : 1 = false;

  const engineio::codec& codec_;
  std::unique_ptr<engineio::transport> transport_;
  std::unique_ptr<detail::upgrade> upgrade_;
  // The deadline of the next heartbeat or of its answer.
  member_timer<session, &session::timer_expired> timer_{*this};
};

}  // namespace socketio::engineio
