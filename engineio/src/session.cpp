#include <algorithm>
#include <nlohmann/json.hpp>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/session_observer.hpp>
#include <socketio/protocol/base64.hpp>

#include "session_extras.hpp"
#include "upgrade.hpp"

namespace socketio::engineio {

session::session(server& owner, shard& home, std::string_view id, const http_request& request,
                 const engineio::codec& codec)
    : server_(owner),
      home_(home),
      request_(request, id.size() == identifier_size ? std::string_view{} : id),
      codec_(codec) {
  if (id.size() == identifier_size) std::copy_n(id.begin(), id_.size(), id_.begin());
  attach_all(request.attached);
}

session::~session() = default;

bool session::writable() const {
  return transport_ && transport_->writable();
}

std::size_t session::buffered() const {
  return transport_ ? transport_->buffered() : 0;
}

std::string_view session::transport() const {
  return transport_ ? transport_->name() : std::string_view{};
}

// --- Opening

void session::open(std::unique_ptr<engineio::transport> first) {
  transport_ = std::move(first);
  transport_->set_handler(this);
  if (is_observed()) transport_->tell_drain();
  home_.counters().sessions_opened.add();
  sessions_counter().add();
  tell([&](session_observer& observer) { observer.opened(*this); });
  const auto& settings = server_.settings();
  nlohmann::ordered_json handshake;
  handshake["sid"] = id();
  handshake["upgrades"] = nlohmann::ordered_json::array();
  if (transport_->can_upgrade() && settings.allow_upgrades) {
    handshake["upgrades"] = server_.upgrades();
  }
  handshake["pingInterval"] = settings.ping_interval.count();
  handshake["pingTimeout"] = settings.ping_timeout.count();
  handshake["maxPayload"] = settings.max_payload;
  send_packet(packet_type::open, handshake.dump());
  if (const auto& first_message = settings.initial_packet) {
    if (const auto* text = std::get_if<std::string>(&*first_message)) {
      send_text(*text);
    } else {
      const auto& bytes = std::get<std::vector<std::byte>>(*first_message);
      send_binary(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }
  }
  transport_->flush();
  if (codec_.server_pings()) {
    timer_.start(home_.timers(), settings.ping_interval);
  } else {
    await_ping();
  }
}

// --- Attaching

const attached_objects& session::attached() const {
  static const attached_objects nothing;
  return attached_ ? server_.extras_of(*this).attached : nothing;
}

void session::attach_all(const attached_objects& added) {
  if (!is_open() || added.empty()) return;
  auto changed = attached();
  changed.set(added);
  // The ones before may be the last to hold something of the application.
  std::swap(server_.extras_of(*this).attached, changed);
  attached_ = true;
}

// --- Observing

template <class Function>
void session::tell(Function function) const {
  for (const auto& observer : server_.observers()) {
    home_.guard("session observer", [&] { function(*observer); });
  }
  if (!observed_) return;
  const auto own = server_.extras_of(*this).observers;
  for (const auto& observer : *own) {
    home_.guard("session observer", [&] { function(*observer); });
    if (!observed_) return;  // it has ended meanwhile
  }
}

bool session::is_observed() const {
  return observed_ || !server_.observers().empty();
}

void session::add_observer(std::shared_ptr<session_observer> observer) {
  if (!is_open()) return;
  auto& extras = server_.extras_of(*this);
  auto list = *extras.observers;
  list.push_back(std::move(observer));
  extras.observers = std::make_shared<const detail::session_extras::observer_list>(std::move(list));
  observed_ = true;
  if (transport_) transport_->tell_drain();
}

counter& session::sessions_counter() const {
  return home_.counters().sessions[transport_->name()];
}

void session::count_received(const packet& received) {
  auto& counters = home_.counters();
  counters.packets_received.add();
  counters.bytes_received.add(received.data.size());
  tell([&](session_observer& observer) { observer.packet_received(*this, received); });
}

void session::count_sent(const packet& sent) {
  auto& counters = home_.counters();
  counters.packets_sent.add();
  counters.bytes_sent.add(sent.data.size());
  tell([&](session_observer& observer) { observer.packet_sent(*this, sent); });
}

void session::handle_drain() {
  tell([&](session_observer& observer) { observer.drained(*this); });
}

// --- Sending

void session::send_text(std::string_view data) {
  if (state_ == state::open) send_packet(packet_type::message, data);
}

void session::send_text(std::string_view head, std::string&& rest) {
  if (state_ != state::open) return;
  if (!is_observed()) {
    auto& counters = home_.counters();
    counters.packets_sent.add();
    counters.bytes_sent.add(head.size() + rest.size());
    transport_->send_text(head, std::move(rest));
  } else {
    send_packet(packet_type::message, std::string(head).append(rest));
  }
}

void session::send_binary(std::string_view data) {
  if (state_ != state::open) return;
  count_sent({packet_type::message, data, true});
  transport_->send_binary(data);
}

void session::send_binary(const shared_bytes& data) {
  if (state_ != state::open) return;
  count_sent({packet_type::message, data.characters(), true});
  transport_->send_binary(data);
}

void session::send(const shared_message& message) {
  if (state_ != state::open) return;
  count_sent({packet_type::message, message->data(), message->is_binary()});
  transport_->send(message);
}

void session::send_packet(packet_type type, std::string_view data) {
  if (state_ == state::closed) return;
  count_sent({type, data});
  transport_->send(type, data);
}

// --- Receiving

void session::handle_packet(const packet& received, received_message message) {
  if (state_ != state::open) return;
  count_received(received);
  // A client that sends something instead of the expected pong is alive: give it one more
  // ping_timeout, so that a long upload does not look like a dead connection.
  if (awaiting_client_ && received.type != packet_type::pong && !deadline_extended_) {
    deadline_extended_ = true;
    timer_.start(home_.timers(), server_.settings().ping_timeout);
  }
  switch (received.type) {
    case packet_type::message:
      if (!handler_) break;
      if (received.base64) {
        auto bytes = decode_base64(received.data);
        handler_->handle_message({bytes, true});
      } else {
        handler_->handle_message(message);
      }
      break;
    case packet_type::ping:
      receive_ping();
      break;
    case packet_type::pong:
      receive_pong();
      break;
    case packet_type::open:
    case packet_type::close:  // on a WebSocket: the client closes the connection itself
    case packet_type::upgrade:
    case packet_type::noop:
      break;
  }
}

void session::pause() {
  if (paused_ || state_ != state::open) return;
  paused_ = true;
  transport_->pause();
  if (behind_) return;
  behind_ = true;
  // A client that pings does not wait until the timer would expire.
  if (!codec_.server_pings()) await_client();
}

void session::resume() {
  if (!paused_) return;
  const auto self = shared_from_this();
  paused_ = false;
  if (state_ == state::open) transport_->resume();
}

// --- The heartbeat

// As in the reference, the answer does not repeat the data.
void session::receive_ping() {
  if (codec_.server_pings()) return end("transport error", "invalid heartbeat direction");
  send_packet(packet_type::pong, {});
  await_ping();
}

void session::receive_pong() {
  if (!codec_.server_pings()) return end("transport error", "invalid heartbeat direction");
  if (!std::exchange(awaiting_client_, false)) return;
  timer_.start(home_.timers(), server_.settings().ping_interval);
}

void session::await_ping() {
  awaiting_client_ = true;
  deadline_extended_ = true;  // there is time enough
  behind_ = paused_;
  await_client();
}

void session::await_client() {
  const auto& settings = server_.settings();
  auto time = settings.ping_timeout;
  if (codec_.server_pings()) {
    if (behind_) time = settings.ping_interval;
  } else if (behind_) {
    // A client that has sent a ping waits that long for any packet.
    time = std::max(settings.ping_timeout / 2, std::chrono::milliseconds(1));
  } else {
    time += settings.ping_interval;
  }
  timer_.start(home_.timers(), time);
}

void session::timer_expired() {
  const auto self = shared_from_this();
  if (awaiting_client_ && !behind_) return end("ping timeout");
  behind_ = paused_;
  if (codec_.server_pings()) {
    awaiting_client_ = true;
    deadline_extended_ = false;
    send_packet(packet_type::ping, {});
  } else {
    // Not a pong, which would answer a ping that has not arrived.
    send_packet(packet_type::noop, {});
  }
  await_client();
}

// --- Upgrading

void session::try_upgrade(std::unique_ptr<engineio::transport> candidate) {
  const auto& settings = server_.settings();
  if (!transport_->can_upgrade() || upgrade_ || state_ == state::closed ||
      !settings.allow_upgrades) {
    return candidate->end();
  }
  upgrade_ =
      std::make_unique<detail::upgrade>(*this, std::move(candidate), settings.upgrade_timeout);
}

void session::complete_upgrade() {
  const auto self = shared_from_this();
  sessions_counter().subtract();
  const auto previous = std::exchange(transport_, upgrade_->take());
  upgrade_.reset();
  upgraded_ = true;
  transport_->set_handler(this);
  if (is_observed()) transport_->tell_drain();
  if (paused_) transport_->pause();
  sessions_counter().add();
  home_.counters().upgrades.add();
  tell([&](session_observer& observer) { observer.upgraded(*this); });
  previous->move_to(*transport_);
  if (state_ == state::closing) {
    close_transport();
  } else if (handler_) {
    handler_->handle_upgrade();
  }
}

void session::give_up_upgrade() {
  const auto self = shared_from_this();
  upgrade_.reset();
  if (state_ == state::closing) close_transport();
}

// --- Closing

void session::close() {
  if (state_ != state::open) return;
  const auto self = shared_from_this();
  state_ = state::closing;
  timer_.stop();
  transport_->stop_receiving();
  // A client that is upgrading does not poll any more: notify it on the new transport.
  if (!upgrade_) close_transport();
  report_end("forced close", {});
}

void session::discard() {
  end("forced close");
}

void session::end(std::string_view reason, std::string_view description) {
  if (state_ == state::closed) return;
  const auto self = shared_from_this();
  const bool was_open = state_ == state::open;
  finish();
  upgrade_.reset();
  transport_->stop_receiving();
  if (was_open) report_end(reason, description);
  transport_->end();
}

void session::abandon() {
  state_ = state::closed;
  attached_ = observed_ = false;
  timer_.stop();
  upgrade_.reset();
  transport_.reset();
  handler_.reset();
}

void session::report_end(std::string_view reason, std::string_view description) {
  home_.counters().sessions_ended[reason].add();
  tell([&](session_observer& observer) { observer.closed(*this, reason, description); });
  if (handler_) handler_->handle_end(reason, description);
  const bool has_extras = attached_ || observed_;
  attached_ = observed_ = false;
  if (has_extras) server_.drop_extras(*this);
}

void session::close_transport() {
  if (transport_->close()) finish();
}

void session::handle_closed() {
  const auto self = shared_from_this();
  finish();
}

void session::handle_end(std::string_view reason, std::string_view description) {
  end(reason, description);
}

void session::finish() {
  if (state_ == state::closed) return;
  state_ = state::closed;
  timer_.stop();
  sessions_counter().subtract();
  server_.remove(*this);
}

}  // namespace socketio::engineio
