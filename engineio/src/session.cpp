#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/content_coding.hpp>
#include <socketio/protocol/utf8.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "jsonp.hpp"
#include "polling_state.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;

// How long a closed session waits for the client's last poll.
constexpr auto linger_timeout = 30s;

// Old versions mistake a payload for a script that an attacker has injected.
bool is_internet_explorer(const http_request& request) {
  const auto agent = request.headers["User-Agent"];
  return agent.find(";MSIE") != std::string_view::npos ||
         agent.find("Trident/") != std::string_view::npos;
}

bool is_binary_content(const http_request& request) {
  return request.headers["Content-Type"].starts_with("application/octet-stream");
}

}  // namespace

std::string_view session::queued_packet::data() const {
  if (const auto* text = std::get_if<std::string>(&content)) return *text;
  return std::get<shared_message>(content)->data();
}

session::session(server& owner, shard& home, std::string_view id, const http_request& request)
    : server_(owner), home_(home), request_(request) {
  std::copy_n(id.begin(), id_.size(), id_.begin());
}

session::~session() {
  if (websocket_) websocket_->set_handler(nullptr);
}

std::string_view session::transport() const {
  return websocket_ ? "websocket" : "polling";
}

bool session::writable() const {
  if (websocket_) return websocket_->writable();
  return polling_ && polling_->poll && polling_->queue.empty();
}

std::size_t session::buffered() const {
  if (websocket_) return websocket_->buffered();
  return polling_ ? polling_->queued_bytes : 0;
}

// --- Opening

void session::open_polling(std::unique_ptr<http_exchange> exchange) {
  polling_ = std::make_unique<polling_state>(*this);
  polling_->poll = std::move(exchange);
  open();
  respond_to_poll(take_payload(), true);
}

void session::open_websocket(std::unique_ptr<http_exchange> exchange) {
  websocket_ = accept(*exchange, true);
  websocket_->set_handler(this);
  open();
}

std::shared_ptr<websocket_connection> session::accept(http_exchange& exchange, bool first) const {
  const auto& request = exchange.request();
  const auto offered = websocket::offered_subprotocols(request);
  auto response = websocket::handshake_response(
      request, offered && !offered->empty() ? offered->front() : std::string_view{});
  const auto& options = server_.settings();
  websocket_settings settings;
  settings.max_message_size = options.max_payload;
  settings.max_send_queue = options.max_send_queue;
  if (options.per_message_deflate) {
    settings.deflate = websocket::negotiate_deflate(request, *options.per_message_deflate);
  }
  if (settings.deflate) {
    response.headers.append("Sec-WebSocket-Extensions",
                            websocket::deflate_response(*settings.deflate));
  }
  server_.add_headers(request, response.headers, first ? this : nullptr);
  return exchange.upgrade(std::move(response), settings);
}

void session::open() {
  const auto& settings = server_.settings();
  nlohmann::ordered_json handshake;
  handshake["sid"] = id();
  handshake["upgrades"] = nlohmann::ordered_json::array();
  if (!websocket_ && settings.websocket && settings.allow_upgrades) {
    handshake["upgrades"].push_back("websocket");
  }
  handshake["pingInterval"] = settings.ping_interval.count();
  handshake["pingTimeout"] = settings.ping_timeout.count();
  handshake["maxPayload"] = settings.max_payload;
  send_packet(packet_type::open, handshake.dump());
  if (settings.initial_packet) send_text(*settings.initial_packet);
  timer_.start(home_.timers(), settings.ping_interval);
}

// --- Sending

void session::send_text(std::string_view data) {
  if (state_ == state::open) send_packet(packet_type::message, data);
}

void session::send_text(std::string_view head, std::string&& rest) {
  if (state_ != state::open) return;
  std::string text;
  if (websocket_) {
    text.push_back(static_cast<char>(packet_type::message));
    websocket_->send_moved(websocket::opcode::text, text.append(head), std::move(rest));
  } else {
    enqueue({packet_type::message, false, text.append(head).append(rest)});
  }
}

void session::send_binary(std::string_view data) {
  if (state_ != state::open) return;
  if (websocket_) {
    websocket_->send(websocket::opcode::binary, {}, data);
  } else {
    enqueue({packet_type::message, true, std::string(data)});
  }
}

void session::send_binary(std::string&& data) {
  if (state_ != state::open) return;
  if (websocket_) {
    websocket_->send_moved(websocket::opcode::binary, {}, std::move(data));
  } else {
    enqueue({packet_type::message, true, std::move(data)});
  }
}

void session::send(const shared_message& message) {
  if (state_ != state::open) return;
  if (websocket_) {
    websocket_->send(message);
  } else {
    enqueue({packet_type::message, message->is_binary(), message});
  }
}

void session::send_packet(packet_type type, std::string_view data) {
  if (state_ == state::closed) return;
  if (websocket_) {
    const char character = static_cast<char>(type);
    websocket_->send(websocket::opcode::text, {&character, 1}, data);
  } else {
    enqueue({type, false, std::string(data)});
  }
}

void session::enqueue(queued_packet packet) {
  if (overflowed_) return;
  auto& own = *polling_;
  own.queued_bytes += sizeof(packet) + packet.data().size();
  if (own.queued_bytes > server_.settings().max_send_queue) {
    overflowed_ = true;
    own.queue.clear();
    home_.post([self = shared_from_this()] {
      self->end("transport error", "the client does not poll, its queue is full");
    });
    return;
  }
  own.queue.push_back(std::move(packet));
  // The response also takes the later packets of this turn.
  if (own.poll) home_.cork(own);
}

void session::uncork() {
  if (polling_->poll && !polling_->queue.empty()) respond_to_poll(take_payload());
}

std::string session::take_payload() {
  const auto queue = std::exchange(polling_->queue, {});
  std::string payload;
  payload.reserve(std::exchange(polling_->queued_bytes, 0) + 2 * queue.size());
  for (const auto& packet : queue) {
    if (packet.binary) {
      append_binary_packet(payload, packet.data());
    } else {
      append_packet(payload, packet.type, packet.data());
    }
  }
  return payload;
}

void session::respond_to_poll(std::string payload, bool first) {
  // Take the poll first: if a hook throws, the client gets status 500, and may poll again.
  const auto poll = std::exchange(polling_->poll, nullptr);
  const auto& request = poll->request();
  if (const auto index = jsonp_index(request)) payload = encode_jsonp(*index, payload);
  http_response response(200, "text/plain; charset=UTF-8", std::move(payload));
  response.headers.append("cache-control", "no-store");
  if (is_internet_explorer(request)) response.headers.append("X-XSS-Protection", "0");
  const auto threshold = server_.settings().http_compression_threshold;
  if (threshold && response.body.size() >= *threshold) {
    const auto coding = choose_content_coding(request.headers["Accept-Encoding"]);
    if (coding != content_coding::identity) {
      response.body = encode_content(coding, response.body);
      response.headers.append("Content-Encoding", name_of(coding));
    }
  }
  server_.add_headers(request, response.headers, first ? this : nullptr);
  poll->respond(std::move(response));
}

// --- Receiving

void session::handle_polling(std::unique_ptr<http_exchange> exchange) {
  if (exchange->request().method == "GET") {
    receive_poll(std::move(exchange));
  } else if (exchange->request().method == "POST") {
    receive_payload(std::move(exchange));
  } else {
    http_response response(405);
    response.headers.append("Allow", "GET, POST");
    server_.add_headers(exchange->request(), response.headers, nullptr);
    exchange->respond(std::move(response));
  }
}

void session::receive_poll(std::unique_ptr<http_exchange> exchange) {
  if (polling_->poll) {
    http_response response(400);
    server_.add_headers(exchange->request(), response.headers, nullptr);
    exchange->respond(std::move(response));
    end("transport error", "overlap from client");
    return;
  }
  polling_->poll = std::move(exchange);
  if (state_ == state::closing && !polling_->candidate) {
    if (polling_->queue.empty())
      respond_to_poll({static_cast<char>(packet_type::noop), record_separator,
                       static_cast<char>(packet_type::close)});
    if (!polling_->poll) return finish();
    close_transport();
    return;
  }
  polling_->poll->on_abort([this] {
    const auto self = shared_from_this();
    polling_->poll.reset();
    end("transport error", "poll connection closed prematurely");
  });
  if (!polling_->queue.empty()) respond_to_poll(take_payload());
}

bool session::begin_body(std::weak_ptr<const std::function<void()>> cut_off) {
  if (!polling_) return true;  // handle_session() refuses the request
  if (!polling_->cut_off_body.expired()) {
    end("transport error", "data request overlap from client");
    return false;
  }
  polling_->cut_off_body = std::move(cut_off);
  return true;
}

void session::body_failed(std::string_view why) {
  if (polling_ && state_ == state::open) end("transport error", why);
}

void session::cut_off_body() {
  if (const auto cut_off = std::exchange(polling_->cut_off_body, {}).lock()) (*cut_off)();
}

void session::receive_payload(std::unique_ptr<http_exchange> exchange) {
  const auto self = shared_from_this();
  const auto& request = exchange->request();
  http_response response(200, "text/html", "ok");
  response.headers.append("cache-control", "no-store");
  if (is_binary_content(request)) {
    response = http_response(400);
    end("transport error", "invalid content");
  } else if (state_ == state::open) {
    std::optional<std::string> decoded;
    if (jsonp_index(request)) decoded = decode_jsonp(request.body);
    // Like the reference server, read invalid UTF-8 as U+FFFD.
    if (const auto& text = decoded ? *decoded : request.body; !is_valid_utf8(text)) {
      decoded = to_valid_utf8(text);
    }
    std::string_view payload = decoded ? *decoded : request.body;
    while (state_ == state::open) {
      const auto separator = payload.find(record_separator);
      const auto received = decode_packet(payload.substr(0, separator));
      if (!received) {
        response = http_response(400);
        end("parse error");
      } else if (received->type == packet_type::close) {
        if (polling_->poll) respond_to_poll({static_cast<char>(packet_type::noop)});
        end("transport close");
      } else {
        receive(*received, {received->data, false});
      }
      if (separator == std::string_view::npos) break;
      payload.remove_prefix(separator + 1);
    }
  }
  server_.add_headers(request, response.headers, nullptr);
  exchange->respond(std::move(response));
}

void session::handle_message(received_message message) {
  if (state_ != state::open) return;
  if (message.is_binary()) {
    receive({packet_type::message, message.data(), false}, message);
  } else if (const auto received = decode_packet(message.data())) {
    receive(*received, {received->data, false});
  } else {
    end("parse error");
  }
}

void session::receive(const packet& received, received_message message) {
  // A client that sends something instead of the expected pong is alive: give it one more
  // ping_timeout, so that a long upload does not look like a dead connection.
  if (awaiting_pong_ && received.type != packet_type::pong && !pong_deadline_extended_) {
    pong_deadline_extended_ = true;
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
    case packet_type::pong:
      if (!awaiting_pong_) break;
      awaiting_pong_ = false;
      timer_.start(home_.timers(), server_.settings().ping_interval);
      break;
    case packet_type::ping:
      end("transport error", "invalid heartbeat direction");
      break;
    case packet_type::open:
    case packet_type::close:  // on a WebSocket: the client closes the connection itself
    case packet_type::upgrade:
    case packet_type::noop:
      break;
  }
}

void session::timer_expired() {
  const auto self = shared_from_this();
  if (state_ == state::closing) {
    finish();
  } else if (awaiting_pong_) {
    end("ping timeout");
  } else {
    awaiting_pong_ = true;
    pong_deadline_extended_ = false;
    send_packet(packet_type::ping, {});
    timer_.start(home_.timers(), server_.settings().ping_timeout);
  }
}

// --- Upgrading

void session::handle_upgrade(std::unique_ptr<http_exchange> exchange) {
  auto connection = accept(*exchange, false);
  if (!polling_ || polling_->candidate || !server_.settings().allow_upgrades) {
    connection->close(websocket::close_code::no_status);
    return;
  }
  polling_->candidate = std::make_unique<upgrade_candidate>(*this, std::move(connection),
                                                            server_.settings().upgrade_timeout);
}

void session::complete_upgrade() {
  const auto self = shared_from_this();
  websocket_ = polling_->candidate->release();
  polling_->candidate.reset();
  websocket_->set_handler(this);
  if (polling_->poll) respond_to_poll({static_cast<char>(packet_type::close)});
  cut_off_body();
  const auto queue = std::move(polling_->queue);
  polling_.reset();
  for (const auto& packet : queue) {
    if (packet.binary) {
      websocket_->send(websocket::opcode::binary, {}, packet.data());
    } else {
      send_packet(packet.type, packet.data());
    }
  }
  if (state_ == state::closing) {
    close_transport();
  } else if (handler_) {
    handler_->handle_upgrade();
  }
}

void session::give_up_upgrade() {
  const auto self = shared_from_this();
  polling_->candidate.reset();
  if (state_ == state::closing) close_transport();
}

// --- Closing

void session::close() {
  if (state_ != state::open) return;
  const auto self = shared_from_this();
  state_ = state::closing;
  timer_.stop();
  if (polling_) cut_off_body();
  // A client that is upgrading does not poll any more: notify it on the WebSocket.
  if (!polling_ || !polling_->candidate) close_transport();
  report_end("forced close", {});
}

void session::discard() {
  end("forced close");
}

void session::end(std::string_view reason, std::string_view description) {
  if (state_ == state::closed) return;
  const auto self = shared_from_this();
  const bool was_open = state_ == state::open;
  state_ = state::closing;
  if (polling_) {
    polling_->candidate.reset();
    cut_off_body();
  }
  if (websocket_) close_transport();
  finish();
  if (was_open) report_end(reason, description);
  if (polling_ && polling_->poll) respond_to_poll({static_cast<char>(packet_type::close)});
}

void session::abandon() {
  state_ = state::closed;
  timer_.stop();
  polling_.reset();
  if (websocket_) websocket_->set_handler(nullptr);
  websocket_.reset();
  handler_.reset();
}

void session::report_end(std::string_view reason, std::string_view description) {
  if (handler_) handler_->handle_end(reason, description);
}

// Sends the queue, then the notice of closing. Over polling the notice needs a poll of its own,
// because the official clients act on it before they handle messages in the same payload.
void session::close_transport() {
  if (websocket_) {
    websocket_->set_handler(nullptr);
    websocket_->close(websocket::close_code::no_status);
    finish();
  } else if (polling_->poll && polling_->queue.empty()) {
    respond_to_poll({static_cast<char>(packet_type::close)});
    finish();
  } else {
    if (polling_->poll) respond_to_poll(take_payload());
    timer_.start(home_.timers(), linger_timeout);
  }
}

void session::handle_close(websocket::close_code /*code*/, std::string_view /*reason*/,
                           std::string_view error) {
  const auto self = shared_from_this();
  end(error.empty() ? "transport close" : "transport error", error);
}

void session::finish() {
  if (state_ == state::closed) return;
  state_ = state::closed;
  timer_.stop();
  if (polling_) polling_->queue = {};
  server_.remove(*this);
}

}  // namespace socketio::engineio
