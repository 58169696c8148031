#include "dispatcher.hpp"

#include <exception>
#include <stdexcept>
#include <utility>
#include <variant>

#include <socketio/protocol/websocket_handshake.hpp>

#include "http/check_path.hpp"
#include "websocket/websocket_stream.hpp"

namespace socketio::detail {
namespace {

// Fetch standard, "CORS-preflight request".
bool is_preflight(const http_request& request) {
  return request.method == "OPTIONS" && request.headers.find("Origin") &&
         request.headers.find("Access-Control-Request-Method");
}

// The response to a preflight, or nothing if it goes on, with the fields for it.
std::optional<http_response> answer_preflight(const cors& policy, passage& passing) {
  auto response = policy.preflight(*passing.request);
  if (!policy.continues_preflights()) return response;
  passing.fields = std::move(response.headers);
  return std::nullopt;
}

http_response internal_error() {
  return {500, "text/plain", std::string(reason_phrase(500))};
}

}  // namespace

// --- What there is

void dispatcher::add_route(std::string_view method, std::string_view pattern, router::route added,
                           std::optional<std::uint64_t> max_body_size) {
  if (!added.handler && !added.receiver) {
    throw std::invalid_argument("the route " + std::string(pattern) + " needs a handler");
  }
  check_reachable(pattern);
  added.max_body_size = max_body_size.value_or(options_.max_body_size);
  routes_.add(method, pattern, std::move(added));
}

std::shared_ptr<websocket::detail::endpoint_state> dispatcher::add_endpoint(
    std::string_view pattern, websocket::route settings) {
  auto added = std::make_shared<websocket::detail::endpoint_state>(std::move(settings), shards_);
  check_reachable(pattern);
  auto& place = websockets_.at(pattern);
  if (place) {
    throw std::invalid_argument("there is a WebSocket route for " + std::string(pattern) +
                                " already");
  }
  place = added;
  endpoints_.push_back(added);
  return added;
}

void dispatcher::add_policy(std::string_view pattern, cors_options options) {
  auto policy = std::make_unique<const cors>(std::move(options));
  auto& place = policies_.at(pattern);
  if (place) throw std::invalid_argument("cors() has been called for " + std::string(pattern));
  place = std::move(policy);
}

void dispatcher::add_engine(std::string_view path, engineio::server& engine) {
  check_path("the path of Engine.IO", path);
  if (routes_.contains(path) || websockets_.contains(path)) {
    throw std::invalid_argument("there is a route for " + std::string(path) +
                                " already, which would get no requests");
  }
  if (!engines_.try_emplace(std::string(path), &engine).second) {
    throw std::invalid_argument("there is an engine for " + std::string(path) + " already");
  }
}

void dispatcher::check_reachable(std::string_view pattern) const {
  if (!engines_.contains(pattern)) return;
  throw std::invalid_argument("a route for " + std::string(pattern) +
                              " would get no requests: they are all Engine.IO's");
}

void dispatcher::close_engines() {
  for (const auto& [path, engine] : engines_) {
    shards_.front()->guard("close", [&closed = *engine] { closed.close(); });
  }
}

void dispatcher::reopen_engines() {
  for (const auto& [path, engine] : engines_) engine->reopen();
}

void dispatcher::abandon() {
  for (const auto& endpoint : endpoints_) endpoint->abandon();
}

// --- Where a request goes

engineio::server* dispatcher::engine_for(const http_request& request) const {
  const auto engine = engines_.find(request.path());
  return engine != engines_.end() ? engine->second : nullptr;
}

engineio::shard& dispatcher::shard_for(const http_request& request, const carrier& connection,
                                       bool first) {
  if (shards_.size() == 1) return *shards_.front();
  if (const auto* engine = engine_for(request)) {
    if (const auto index = engine->shard_of(request)) return *shards_[*index];
  }
  return first && !connection.is_tls() ? take_turn() : connection.home();
}

engineio::shard& dispatcher::take_turn() {
  auto& shard = *shards_[next_shard_];
  next_shard_ = (next_shard_ + 1) % shards_.size();
  return shard;
}

std::uint64_t dispatcher::max_body_size(const http_request& request) {
  if (const auto* engine = engine_for(request)) return engine->settings().max_payload;
  const auto match = routes_.find(request.method, request.path());
  return match.found != nullptr ? match.found->max_body_size : options_.max_body_size;
}

admission dispatcher::admit(engineio::shard& current, http_request& request,
                            admission_receiver receive) {
  if (engine_for(request) != nullptr) return {};  // it asks its own middlewares
  const auto* policy = policy_for(request);
  const bool preflight = policy != nullptr && is_preflight(request);
  const bool deferred = policy != nullptr && policy->is_deferred();
  if (!preflight && !deferred && middlewares_.empty()) return {};
  admission decision;
  decision.passing = std::make_shared<passage>();
  decision.passing->request = &request;
  try {
    if (preflight && !deferred) decision.response = answer_preflight(*policy, *decision.passing);
    decision.waits = deferred || (!decision.response && !middlewares_.empty());
    if (deferred) {
      choose_policy(current, *policy, decision.passing, std::move(receive));
    } else if (decision.waits) {
      run_middlewares(current, decision.passing, std::move(receive));
    }
  } catch (...) {
    current.report(std::current_exception(), "request handler");
    decision.waits = false;
    decision.response = internal_error();
  }
  return decision;
}

void dispatcher::choose_policy(engineio::shard& current, const cors& policy,
                               const std::shared_ptr<passage>& passing,
                               admission_receiver receive) {
  policy.choose(
      current, passing,
      [this, &current, passing, receive = std::move(receive)](const cors* chosen) mutable {
        if (chosen == nullptr) return receive(internal_error());
        std::optional<http_response> response;
        const bool applied = current.guard("request handler", [&] {
          if (is_preflight(*passing->request)) {
            response = answer_preflight(*chosen, *passing);
          } else {
            chosen->add_headers(*passing->request, passing->fields);
          }
        });
        if (!applied) response = internal_error();
        if (response) return receive(std::move(response));
        run_middlewares(current, passing, std::move(receive));
      });
}

void dispatcher::run_middlewares(engineio::shard& current, const std::shared_ptr<passage>& passing,
                                 admission_receiver receive) {
  if (middlewares_.empty()) return receive(std::nullopt);
  middlewares_.run(current, passing, [receive = std::move(receive)](http_next::outcome outcome) {
    if (std::holds_alternative<http_next::pass>(outcome)) {
      receive(std::nullopt);
    } else if (auto* response = std::get_if<http_response>(&outcome)) {
      receive(std::move(*response));
    } else {
      receive(internal_error());
    }
  });
}

std::variant<body_reception, http_response> dispatcher::begin_body(engineio::shard& current,
                                                                   const http_request& request,
                                                                   bool complete,
                                                                   std::function<void()> cut_off) {
  body_reception reception;
  if (auto* engine = engine_for(request)) {
    if (complete) return reception;
    reception.cut_off = std::make_shared<const std::function<void()>>(std::move(cut_off));
    if (!engine->begin_body(current, request, reception.cut_off)) return http_response(400);
    return reception;
  }
  const auto match = routes_.find(request.method, request.path());
  if (match.found == nullptr || !match.found->receiver) return reception;
  auto decision = match.found->receiver(request);
  if (auto* refusal = std::get_if<http_response>(&decision)) return std::move(*refusal);
  reception.sink = std::get<std::unique_ptr<body_sink>>(std::move(decision));
  return reception;
}

void dispatcher::body_failed(engineio::shard& current, const http_request& request,
                             std::string_view why) {
  if (auto* engine = engine_for(request)) engine->body_failed(current, request, why);
}

void dispatcher::serve(engineio::shard& current, std::unique_ptr<body_sink> sink,
                       std::unique_ptr<engineio::http_exchange> exchange) {
  try {
    if (auto* engine = engine_for(exchange->request())) {
      engine->handle(current, std::move(exchange));
    } else {
      serve_route(current, std::move(sink), std::move(exchange));
    }
  } catch (...) {
    current.report(std::current_exception(), "request handler");
  }
}

void dispatcher::serve_route(engineio::shard& current, std::unique_ptr<body_sink> sink,
                             std::unique_ptr<engineio::http_exchange> exchange) {
  const auto& request = exchange->request();
  if (sink) {
    return sink->finish(request, http_reply(current.shared_from_this(), std::move(exchange)));
  }
  const auto endpoint = websockets_.find(request.path()).found;
  if (endpoint != nullptr && websocket::is_upgrade(request)) {
    return (*endpoint)->handle(current, std::move(exchange));
  }
  const auto match = routes_.find(request.method, request.path());
  if (match.found != nullptr) {
    match.found->handler(current, match.rest, std::move(exchange));
  } else if (!match.allowed_methods.empty()) {
    http_response response(405, "text/plain", "Method Not Allowed\n");
    response.headers.append("Allow", match.allowed_methods);
    exchange->respond(std::move(response));
  } else if (endpoint != nullptr) {
    http_response response(426, "text/plain", "This is a WebSocket route\n");
    response.headers.append("Connection", "Upgrade");
    response.headers.append("Upgrade", "websocket");
    exchange->respond(std::move(response));
  } else {
    exchange->respond(http_response(404, "text/plain", "Not Found\n"));
  }
}

std::shared_ptr<engineio::websocket_connection> dispatcher::open_websocket(
    carrier* connection, const engineio::websocket_settings& settings) {
  auto stream = std::make_shared<websocket_stream>(connection, settings);
  if (connection != nullptr) {
    connection->change_protocol(stream);
    if (settings.quiet_time.count() > 0) connection->flush_then_wait(settings.quiet_time);
  }
  return stream;
}

// --- The fields of responses

const cors* dispatcher::policy_for(const http_request& request) const {
  if (policies_.empty() || engines_.contains(request.path())) return nullptr;
  const auto* const found = policies_.find(request.path()).found;
  return found != nullptr ? found->get() : nullptr;
}

void dispatcher::add_headers(const http_request& request, http_fields& headers, bool by_host) {
  // An engine adds its fields to its own responses itself.
  if (by_host) {
    if (auto* engine = engine_for(request)) return engine->add_headers(request, headers);
  }
  const auto* policy = policy_for(request);
  // A response to a preflight has its own fields, and so has one whose policy was chosen.
  if (policy == nullptr || policy->is_deferred() || is_preflight(request)) return;
  try {
    policy->add_headers(request, headers);
  } catch (...) {
    engineio::current_shard(shards_)->report(std::current_exception(), "allow_origin");
  }
}

}  // namespace socketio::detail
