#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/timer.hpp>
#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/engineio_packet.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace socketio::engineio {

class server;
class upgrade_candidate;

/// Receives the events of a session, on the session's shard.
class session_handler {
 public:
  virtual ~session_handler() = default;
  session_handler(const session_handler&) = delete;
  session_handler& operator=(const session_handler&) = delete;

  /// A message has arrived.
  virtual void handle_message(received_message message) = 0;
  /// The session has moved from polling to WebSocket.
  virtual void handle_upgrade() {}
  /// The session has ended; the last call. The handler should release the session.
  virtual void handle_end(std::string_view reason, std::string_view description) = 0;

 protected:
  session_handler() = default;
};

/// One client's session: its transport, the upgrade between transports, and the heartbeat.
/// Use it only on its shard.
class session final : public std::enable_shared_from_this<session>, private websocket_handler {
 public:
  /// @param id from make_identifier()
  /// @param request the request that opens the session
  session(server& owner, shard& home, std::string_view id, const http_request& request);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  [[nodiscard]] std::string_view id() const { return {id_.data(), id_.size()}; }
  [[nodiscard]] shard& home() const { return home_; }
  /// The request that opened the session.
  [[nodiscard]] const stored_request& request() const { return request_; }
  /// Whether the session sends messages: it has not been closed and has not ended.
  [[nodiscard]] bool is_open() const { return state_ == state::open; }
  /// Whether the transport would take a message at once.
  [[nodiscard]] bool writable() const;
  /// Bytes that wait for the client; more than max_send_queue end the session.
  [[nodiscard]] std::size_t buffered() const;
  /// `polling` or `websocket`.
  [[nodiscard]] std::string_view transport() const;

  /// Sends a text message.
  void send_text(std::string_view data);
  /// Sends a text message of two parts. May move from the second one.
  void send_text(std::string_view head, std::string&& rest);
  /// Sends a binary message.
  void send_binary(std::string_view data);
  /// Sends a binary message. May move from it.
  void send_binary(std::string&& data);
  void send(const shared_message& message);

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

  /// Opens the session with its first poll.
  void open_polling(std::unique_ptr<http_exchange> exchange);
  /// Opens the session on a WebSocket.
  void open_websocket(std::unique_ptr<http_exchange> exchange);
  /// The body of a polling request is about to arrive; see server::begin_body().
  [[nodiscard]] bool begin_body(std::weak_ptr<const std::function<void()>> cut_off);
  /// The body will not come; see server::body_failed().
  void body_failed(std::string_view why);
  /// Handles a polling request.
  void handle_polling(std::unique_ptr<http_exchange> exchange);
  /// Handles a request to upgrade.
  void handle_upgrade(std::unique_ptr<http_exchange> exchange);

 private:
  friend class upgrade_candidate;

  enum class state : std::uint8_t { open, closing, closed };

  struct queued_packet;
  struct polling_state;

  void handle_message(received_message message) override;
  void handle_close(websocket::close_code code, std::string_view reason,
                    std::string_view error) override;
  void uncork();

  [[nodiscard]] std::shared_ptr<websocket_connection> accept(http_exchange& exchange,
                                                             bool first) const;
  void open();
  void send_packet(packet_type type, std::string_view data);
  void enqueue(queued_packet packet);
  [[nodiscard]] std::string take_payload();
  void respond_to_poll(std::string payload, bool first = false);
  void receive_poll(std::unique_ptr<http_exchange> exchange);
  void receive_payload(std::unique_ptr<http_exchange> exchange);
  void receive(const packet& received, received_message message);
  // Closes the connection of a request whose body is being received.
  void cut_off_body();

  void complete_upgrade();
  void give_up_upgrade();
  void timer_expired();

  void end(std::string_view reason, std::string_view description = {});
  void report_end(std::string_view reason, std::string_view description);
  void close_transport();
  void finish();

  server& server_;
  shard& home_;
  std::shared_ptr<session_handler> handler_;
  stored_request request_;
  std::array<char, identifier_size> id_;
  state state_ = state::open;
  bool awaiting_pong_ = false;
  bool pong_deadline_extended_ = false;
  bool overflowed_ = false;

  // The transport: exactly one of these is set while the session is open.
  std::shared_ptr<websocket_connection> websocket_;
  std::unique_ptr<polling_state> polling_;
  // While open, the deadline of the next heartbeat or of its answer; while closing, that of the
  // client's last poll.
  member_timer<session, &session::timer_expired> timer_{*this};
};

}  // namespace socketio::engineio
