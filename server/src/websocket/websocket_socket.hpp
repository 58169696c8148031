#pragma once

#include <any>
#include <atomic>
#include <deque>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <socketio/engineio/completion.hpp>
#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/timer.hpp>
#include <socketio/websocket.hpp>

namespace socketio::websocket::detail {

using read_completion = engineio::completion<message>;

/// Bytes as the text that frames are made of.
[[nodiscard]] inline std::string_view characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One connection of a route. Use it only on its shard, except for members marked "any thread".
class socket_state final : public std::enable_shared_from_this<socket_state>,
                           private engineio::websocket_handler {
 public:
  socket_state(std::shared_ptr<endpoint_state> owner, engineio::shard& home, http_request handshake,
               std::string chosen_subprotocol);

  // Constant. Any thread.
  const std::shared_ptr<endpoint_state> endpoint;
  const std::shared_ptr<engineio::shard> home;
  const http_request request;
  const std::string subprotocol;

  /// Any thread.
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::size_t buffered() const { return connection_->buffered(); }

  /// Starts with the upgraded connection.
  void start(std::shared_ptr<engineio::websocket_connection> connection);
  void send(opcode code, std::string_view data);
  void send(const engineio::shared_message& message) { connection_->send(message); }
  void close(close_code code, std::string_view reason);
  void abort();
  void subscribe(std::string_view topic);
  void unsubscribe(std::string_view topic);
  void read(read_completion reader);
  /// Ends, and completes only a pending read(), because the server is being destroyed.
  void abandon();

  std::any user_data;

 private:
  void handle_message(engineio::received_message received) override;
  void handle_part(std::string_view part, bool binary, bool last) override;
  void handle_ping(std::string_view payload) override;
  void handle_pong(std::string_view payload) override;
  void handle_drain() override;
  void handle_close(close_code code, std::string_view reason, std::string_view error) override;

  // Calls one of the application's functions if it is set, and reports its exceptions.
  template <class Function, class... Arguments>
  void call(std::string_view where, const Function& function, Arguments&&... values);
  void tick();
  void restart_idle_timer();
  void end(close_code code, std::string_view reason, std::string_view error);
  void keep_for_reader(std::string_view received, bool binary);

  std::shared_ptr<engineio::websocket_connection> connection_;
  std::atomic<bool> open_{true};
  bool probed_ = false;         // the server has sent a ping to a silent peer
  bool holds_back_ = false;     // receives nothing until the application reads
  std::size_t inbox_size_ = 0;  // bytes of the inbox
  std::deque<message> inbox_;   // received messages that the application has not read
  read_completion reader_;
  error_code end_error_;
  std::set<std::string, std::less<>> topics_;
  engineio::member_timer<socket_state, &socket_state::tick> idle_timer_{*this};
};

}  // namespace socketio::websocket::detail
