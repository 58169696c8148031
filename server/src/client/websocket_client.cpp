#include <atomic>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <socketio/websocket_client.hpp>

#include "websocket_client_connection.hpp"
#include "websocket_client_handshake.hpp"

namespace socketio::websocket {

namespace asio = boost::asio;

/// The state that the handles share. Its destructor closes the connection.
class client::state {
 public:
  state(const asio::any_io_executor& executor, client_options options)
      : connection(std::make_shared<detail::client_connection>(executor, std::move(options))) {}
  ~state() {
    connection->run([](detail::client_connection& self) { self.abandon(); });
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  /// Makes a handler's cancellation slot call a function on the strand.
  template <class Handler, class Function>
  void on_cancellation(const Handler& handler, Function function) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (!slot.is_connected()) return;
    slot.assign([watched = std::weak_ptr(connection), function](asio::cancellation_type) {
      if (const auto alive = watched.lock()) alive->run(function);
    });
  }

  const std::shared_ptr<detail::client_connection> connection;
  std::atomic<std::uint64_t> reads = 0;  // number of calls of read()
};

client::client(const asio::any_io_executor& executor, client_options options) {
  detail::check(options);
  state_ = std::make_shared<state>(executor, std::move(options));
}

void client::start_connect(std::string url,
                           asio::any_completion_handler<void(error_code)> handler) {
  auto& connection = *state_->connection;
  state_->on_cancellation(handler, [](detail::client_connection& self) { self.cancel_connect(); });
  connection.run(
      [url = std::move(url), waiting = detail::client_connection::connect_handler(
                                 std::move(handler), connection.executor(), state_)](
          detail::client_connection& self) mutable { self.connect(url, std::move(waiting)); });
}

void client::start_read(asio::any_completion_handler<void(error_code, message)> handler) {
  auto& connection = *state_->connection;
  // Cancel the read by its number, lest a late cancellation hit the next read.
  const auto number = ++state_->reads;
  state_->on_cancellation(handler,
                          [number](detail::client_connection& self) { self.cancel_read(number); });
  connection.run(
      [number, waiting = detail::client_connection::read_handler(std::move(handler),
                                                                 connection.executor(), state_)](
          detail::client_connection& self) mutable { self.read(number, std::move(waiting)); });
}

void client::send(std::string_view text) {
  state_->connection->send({std::string(text), false});
}

void client::send(std::span<const std::byte> bytes) {
  state_->connection->send(
      {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), true});
}

std::size_t client::buffered() const {
  return state_->connection->queued();
}

void client::ping(std::string_view payload) {
  constexpr std::size_t max_payload = 125;
  state_->connection->run([payload = std::string(payload.substr(0, max_payload))](
                              detail::client_connection& self) { self.ping(payload); });
}

void client::close(close_code code, std::string_view reason) {
  state_->connection->run([code, reason = std::string(reason)](detail::client_connection& self) {
    self.close(code, reason);
  });
}

const http_response& client::response() const {
  return state_->connection->response();
}

std::string client::subprotocol() const {
  return state_->connection->agreed().subprotocol;
}

bool client::deflates() const {
  return state_->connection->agreed().deflate.has_value();
}

close_code client::received_close_code() const {
  return state_->connection->received_close_code();
}

std::string client::received_close_reason() const {
  return state_->connection->received_close_reason();
}

}  // namespace socketio::websocket
