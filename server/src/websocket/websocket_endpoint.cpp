#include "websocket_endpoint.hpp"

#include <algorithm>
#include <stdexcept>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "websocket_socket.hpp"

namespace socketio::websocket::detail {
namespace {

http_response forbidden(std::string why) {
  return {403, "text/plain; charset=utf-8", std::move(why)};
}

void check(const route& settings) {
  if (settings.deflate) check(*settings.deflate);
  socketio::detail::check_positive("max_message_size", settings.max_message_size);
  socketio::detail::check_positive("max_fragments", settings.max_fragments);
  socketio::detail::check_positive("max_send_queue", settings.max_send_queue);
  socketio::detail::check_time_or_zero("idle_timeout", settings.idle_timeout);
  socketio::detail::check_tokens("a subprotocol", settings.subprotocols);
  for (const auto& origin : settings.origins) check_origin("origins", origin);
  if (settings.on_message && settings.on_part) {
    throw std::invalid_argument("a WebSocket route has either on_message or on_part, not both");
  }
}

}  // namespace

// A handshake that may wait for authorize(). Use the exchange only on its shard.
struct endpoint_state::handshake {
  std::shared_ptr<endpoint_state> owner;
  std::shared_ptr<engineio::shard> home;
  std::unique_ptr<engineio::http_exchange> exchange;
  std::atomic<bool> decided{false};

  handshake(std::shared_ptr<endpoint_state> endpoint, std::shared_ptr<engineio::shard> current,
            std::unique_ptr<engineio::http_exchange> pending)
      : owner(std::move(endpoint)), home(std::move(current)), exchange(std::move(pending)) {}

  // Any thread may destroy the last copy of the callback, but only the shard may the exchange.
  ~handshake() {
    if (exchange) home->dispatch([unanswered = std::move(exchange)] {});
  }
};

endpoint_state::endpoint_state(route options,
                               const std::vector<std::shared_ptr<engineio::shard>>& shards)
    : settings(std::move(options)) {
  check(settings);
  for (const auto& shard : shards) parts_.push_back(std::make_unique<partition>(shard));
}

// --- Handshakes

void endpoint_state::handle(engineio::shard& current,
                            std::unique_ptr<engineio::http_exchange> exchange) {
  const auto& request = exchange->request();
  if (auto refusal = check_handshake(request)) return exchange->respond(std::move(*refusal));
  if (!allows_origin(request)) {
    return exchange->respond(forbidden("Pages from this origin may not connect"));
  }
  if (!settings.authorize) return accept(current, *exchange);

  const auto pending = std::make_shared<handshake>(shared_from_this(), current.shared_from_this(),
                                                   std::move(exchange));
  pending->exchange->on_abort([weak = std::weak_ptr(pending)] {
    if (const auto aborted = weak.lock()) aborted->exchange.reset();
  });
  const auto decide = [pending](std::optional<http_response> refusal) {
    if (pending->decided.exchange(true)) return;
    // Later, because the hook may still read the request.
    pending->home->post([pending, refusal = std::move(refusal)]() mutable {
      const auto decided = std::move(pending->exchange);
      if (!decided) return;
      if (refusal) {
        decided->respond(std::move(*refusal));
      } else {
        pending->owner->accept(*pending->home, *decided);
      }
    });
  };
  const bool asked = pending->home->guard(
      "authorize", [&] { settings.authorize(pending->exchange->request(), decide); });
  // A hook that has thrown decides nothing any more: the client gets status 500.
  if (!asked && !pending->decided.exchange(true)) pending->exchange.reset();
}

bool endpoint_state::allows_origin(const http_request& request) const {
  const auto origin = origin_of(request);
  const auto& origins = settings.origins;
  if (!origin) return true;
  if (origins.empty()) return is_from_same_host(request);
  return std::any_of(origins.begin(), origins.end(), [&](const std::string& allowed) {
    return allowed == "*" || allowed == *origin;
  });
}

std::string endpoint_state::choose_subprotocol(const http_request& request) const {
  const auto offered = offered_subprotocols(request);
  if (!offered) return {};
  for (const auto& spoken : settings.subprotocols) {
    if (std::find(offered->begin(), offered->end(), spoken) != offered->end()) return spoken;
  }
  return {};
}

void endpoint_state::accept(engineio::shard& current, engineio::http_exchange& exchange) {
  const auto& request = exchange.request();
  auto subprotocol = choose_subprotocol(request);
  auto response = handshake_response(request, subprotocol);
  engineio::websocket_settings wire;
  wire.max_message_size = settings.max_message_size;
  wire.max_fragments = settings.max_fragments;
  wire.max_send_queue = settings.max_send_queue;
  wire.streamed = static_cast<bool>(settings.on_part);
  if (settings.deflate) wire.deflate = negotiate_deflate(request, *settings.deflate);
  if (wire.deflate) {
    response.headers.append("Sec-WebSocket-Extensions", deflate_response(*wire.deflate));
  }
  const auto added =
      std::make_shared<socket_state>(shared_from_this(), current, request, std::move(subprotocol));
  parts_[current.index()]->sockets.emplace(added.get(), added);
  ++sockets_count_;
  auto connection = exchange.upgrade(std::move(response), wire);
  if (settings.on_drain) connection->tell_drain();
  added->start(std::move(connection));
}

// --- Connections

void endpoint_state::remove(const socket_state& ended) {
  if (parts_[ended.home->index()]->sockets.erase(&ended) > 0) --sockets_count_;
}

void endpoint_state::abandon() {
  for (const auto& part : parts_) {
    part->topics.clear();
    for (const auto& [key, socket] : std::exchange(part->sockets, {})) socket->abandon();
  }
  sockets_count_ = 0;
}

// --- Topics

void endpoint_state::subscribe(socket_state& subscriber, const std::string& topic) {
  parts_[subscriber.home->index()]->topics[topic].insert(&subscriber);
}

void endpoint_state::unsubscribe(socket_state& subscriber, const std::string& topic) {
  auto& topics = parts_[subscriber.home->index()]->topics;
  const auto found = topics.find(topic);
  if (found == topics.end()) return;
  found->second.erase(&subscriber);
  if (found->second.empty()) topics.erase(found);
}

void endpoint_state::publish(std::string_view topic, const engineio::shared_message& message,
                             const std::shared_ptr<const socket_state>& except) const {
  for (const auto& part : parts_) {
    part->home->dispatch(
        [self = shared_from_this(), &on = *part, name = std::string(topic), message, except] {
          const auto found = on.topics.find(name);
          if (found == on.topics.end()) return;
          for (auto* subscriber : found->second) {
            if (subscriber != except.get()) subscriber->send(message);
          }
        });
  }
}

// --- The handle

}  // namespace socketio::websocket::detail

namespace socketio::websocket {

void endpoint::publish(std::string_view topic, std::string_view text) const {
  if (!state_) return;
  state_->publish(topic, engineio::encoded_message::native(opcode::text, text), nullptr);
}

void endpoint::publish(std::string_view topic, std::span<const std::byte> bytes) const {
  if (!state_) return;
  state_->publish(
      topic, engineio::encoded_message::native(opcode::binary, detail::characters(bytes)), nullptr);
}

std::size_t endpoint::sockets_count() const {
  return state_ ? state_->sockets_count() : 0;
}

}  // namespace socketio::websocket
