#include "websocket_socket.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <stdexcept>

#include "websocket_endpoint.hpp"

namespace socketio::websocket::detail {
namespace {

namespace asio = boost::asio;

// While unread messages take more than this, receive nothing.
constexpr std::size_t max_inbox_size = std::size_t{64} * 1024;
constexpr std::size_t max_inbox_count = 64;

}  // namespace

socket_state::socket_state(std::shared_ptr<endpoint_state> owner, engineio::shard& shard,
                           http_request handshake, std::string chosen_subprotocol)
    : endpoint(std::move(owner)),
      home(shard.shared_from_this()),
      request(std::move(handshake)),
      subprotocol(std::move(chosen_subprotocol)) {}

template <class Function, class... Arguments>
void socket_state::call(std::string_view where, const Function& function, Arguments&&... values) {
  if (!function) return;
  home->guard(where,
              [&] { function(socket(shared_from_this()), std::forward<Arguments>(values)...); });
}

void socket_state::start(std::shared_ptr<engineio::websocket_connection> connection) {
  connection_ = std::move(connection);
  connection_->set_handler(this);
  restart_idle_timer();
  call("on_open", endpoint->settings.on_open);
}

// --- Sending

void socket_state::send(opcode code, std::string_view data) {
  connection_->send(code, {}, data);
}

// --- Receiving

void socket_state::handle_message(engineio::received_message received) {
  const auto self = shared_from_this();
  if (endpoint->settings.on_message) {
    call("on_message", endpoint->settings.on_message, received.data(), received.is_binary());
  } else if (reader_) {
    reader_({}, {received.take(), received.is_binary()});
  } else {
    keep_for_reader(received.take(), received.is_binary());
  }
}

void socket_state::handle_part(std::string_view part, bool binary, bool last) {
  const auto self = shared_from_this();
  call("on_part", endpoint->settings.on_part, part, binary, last);
}

void socket_state::handle_ping(std::string_view payload) {
  const auto self = shared_from_this();
  call("on_ping", endpoint->settings.on_ping, payload);
}

void socket_state::handle_pong(std::string_view payload) {
  const auto self = shared_from_this();
  call("on_pong", endpoint->settings.on_pong, payload);
}

void socket_state::handle_drain() {
  if (!endpoint->settings.on_drain) return;
  const auto self = shared_from_this();
  call("on_drain", endpoint->settings.on_drain);
}

// --- Reading

void socket_state::keep_for_reader(std::string_view received, bool binary) {
  inbox_size_ += received.size();
  inbox_.emplace_back(std::string(received), binary);
  if (inbox_size_ < max_inbox_size && inbox_.size() < max_inbox_count) return;
  holds_back_ = true;
  connection_->pause();
}

void socket_state::read(read_completion reader) {
  if (reader_) return reader.later(asio::error::in_progress, {});
  if (!inbox_.empty()) {
    auto next = std::move(inbox_.front());
    inbox_.pop_front();
    inbox_size_ -= next.data.size();
    reader.later({}, std::move(next));
  } else if (!open_) {
    reader.later(end_error_, {});
  } else {
    reader_ = std::move(reader);
  }
  if (inbox_.empty() && std::exchange(holds_back_, false)) connection_->resume();
}

// --- Ending

void socket_state::restart_idle_timer() {
  const auto timeout = endpoint->settings.idle_timeout;
  if (timeout > std::chrono::milliseconds::zero()) {
    idle_timer_.start(home->timers(), std::max(timeout / 2, std::chrono::milliseconds(1)));
  }
}

// Expires twice within the timeout, which is cheaper than restarting a timer with each message.
void socket_state::tick() {
  const bool heard = connection_->take_heard();
  if (heard && !holds_back_) {
    probed_ = false;
  } else if (std::exchange(probed_, true) && !holds_back_) {
    connection_->abort("nothing came within the idle timeout");
    return;
  } else {
    // The server does not read the answer of a peer that it holds back, but sending shows whether
    // the peer is alive.
    send(opcode::ping, {});
  }
  restart_idle_timer();
}

void socket_state::close(close_code code, std::string_view reason) {
  if (!open_) return;
  const auto number = static_cast<std::uint16_t>(code);
  if (!is_valid_close_code(number)) code = close_code::no_status;
  connection_->close(code, reason);
  open_ = false;
  end_error_ = asio::error::eof;
  idle_timer_.stop();
  home->post([self = shared_from_this(), code, reason = std::string(reason)] {
    self->end(code, reason, {});
  });
}

void socket_state::abort() {
  if (open_) connection_->abort({});
}

void socket_state::handle_close(close_code code, std::string_view reason, std::string_view error) {
  end(code, reason, error);
}

void socket_state::end(close_code code, std::string_view reason, std::string_view error) {
  const auto self = shared_from_this();
  open_ = false;
  idle_timer_.stop();
  for (const auto& topic : std::exchange(topics_, {})) endpoint->unsubscribe(*this, topic);
  end_error_ = asio::error::eof;
  if (code == close_code::abnormal) end_error_ = asio::error::connection_reset;
  if (reader_) reader_(end_error_, {});
  if (!error.empty()) call("on_error", endpoint->settings.on_error, error);
  call("on_close", endpoint->settings.on_close, code, reason);
  endpoint->remove(*this);
}

void socket_state::abandon() {
  open_ = false;
  idle_timer_.stop();
  connection_->set_handler(nullptr);
  reader_ = {};
  user_data.reset();
}

// --- Topics

void socket_state::subscribe(std::string_view topic) {
  if (!open_) return;
  const auto [added, is_new] = topics_.emplace(topic);
  if (is_new) endpoint->subscribe(*this, *added);
}

void socket_state::unsubscribe(std::string_view topic) {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return;
  endpoint->unsubscribe(*this, *found);
  topics_.erase(found);
}

}  // namespace socketio::websocket::detail

namespace socketio::websocket {
namespace {

constexpr std::size_t max_control_payload = 125;

// Calls a function with the socket, if there is one, on its shard, at once if the caller is on it.
template <class Function>
void on_shard(const std::shared_ptr<detail::socket_state>& socket, Function function) {
  if (!socket) return;
  socket->home->dispatch([socket, function = std::move(function)]() mutable { function(*socket); });
}

void send_on_shard(const std::shared_ptr<detail::socket_state>& socket, opcode code,
                   std::string_view data) {
  if (!socket) return;
  if (socket->home->running_here()) {
    socket->send(code, data);
  } else {
    on_shard(socket, [code, copy = std::string(data)](detail::socket_state& target) {
      target.send(code, copy);
    });
  }
}

}  // namespace

const http_request& socket::request() const {
  static const http_request none;
  return state_ ? state_->request : none;
}

const std::string& socket::subprotocol() const {
  static const std::string none;
  return state_ ? state_->subprotocol : none;
}

bool socket::is_open() const {
  return state_ && state_->is_open();
}

std::size_t socket::buffered() const {
  return state_ ? state_->buffered() : 0;
}

boost::asio::any_io_executor socket::get_executor() const {
  return state_ ? state_->home->executor() : boost::asio::any_io_executor();
}

void socket::send(std::string_view text) const {
  send_on_shard(state_, opcode::text, text);
}

void socket::send(std::span<const std::byte> bytes) const {
  send_on_shard(state_, opcode::binary, detail::characters(bytes));
}

void socket::ping(std::string_view payload) const {
  send_on_shard(state_, opcode::ping, payload.substr(0, max_control_payload));
}

void socket::close(close_code code, std::string_view reason) const {
  on_shard(state_, [code, copy = std::string(reason)](detail::socket_state& target) {
    target.close(code, copy);
  });
}

void socket::abort() const {
  on_shard(state_, [](detail::socket_state& target) { target.abort(); });
}

void socket::subscribe(std::string_view topic) const {
  on_shard(state_,
           [name = std::string(topic)](detail::socket_state& target) { target.subscribe(name); });
}

void socket::unsubscribe(std::string_view topic) const {
  on_shard(state_,
           [name = std::string(topic)](detail::socket_state& target) { target.unsubscribe(name); });
}

void socket::publish(std::string_view topic, std::string_view text) const {
  if (!state_) return;
  state_->endpoint->publish(topic, engineio::encoded_message::native(opcode::text, text), state_);
}

void socket::publish(std::string_view topic, std::span<const std::byte> bytes) const {
  if (!state_) return;
  state_->endpoint->publish(
      topic, engineio::encoded_message::native(opcode::binary, detail::characters(bytes)), state_);
}

void socket::start_read(detail::read_completion::handler_type handler) const {
  detail::read_completion reader(std::move(handler), state_ ? state_->home : nullptr);
  on_shard(state_, [reader = std::move(reader)](detail::socket_state& target) mutable {
    target.read(std::move(reader));
  });
}

std::any& socket::user_data() const {
  if (!state_) throw std::logic_error("data() needs a socket that refers to a connection");
  return state_->user_data;
}

}  // namespace socketio::websocket
