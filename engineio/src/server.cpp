#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "transports/polling.hpp"
#include "transports/websocket.hpp"

namespace socketio::engineio {
namespace {

// The reference's codes and messages of refused requests.
enum error_code : int {
  unknown_transport = 0,
  unknown_sid = 1,
  bad_handshake_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_protocol_version = 5
};

constexpr std::array<std::string_view, 6> error_messages = {
    "Transport unknown", "Session ID unknown", "Bad handshake method",
    "Bad request",       "Forbidden",          "Unsupported protocol version"};

std::string make_cookie(const cookie_options& options, std::string_view id) {
  std::string cookie = options.name + "=" + std::string(id);
  if (options.max_age) cookie += "; Max-Age=" + std::to_string(options.max_age->count());
  if (!options.domain.empty()) cookie += "; Domain=" + options.domain;
  if (!options.path.empty()) cookie += "; Path=" + options.path;
  if (options.http_only) cookie += "; HttpOnly";
  if (options.secure) cookie += "; Secure";
  if (!options.same_site.empty()) cookie += "; SameSite=" + options.same_site;
  return cookie;
}

}  // namespace

// A handshake that may wait for allow_request(). Use the exchange only on its shard.
struct server::handshake {
  server& owner;
  std::shared_ptr<shard> home;
  std::unique_ptr<http_exchange> exchange;
  std::atomic<bool> decided{false};

  handshake(server& engine, std::shared_ptr<shard> current, std::unique_ptr<http_exchange> pending)
      : owner(engine), home(std::move(current)), exchange(std::move(pending)) {}

  // Any thread may destroy the last copy of the callback, but only the shard may the exchange.
  ~handshake() {
    if (exchange) home->dispatch([unanswered = std::shared_ptr(std::move(exchange))] {});
  }
};

std::string_view server::by_id::id_of(const std::shared_ptr<session>& each) noexcept {
  return each->id();
}

server::server(options settings, std::vector<std::shared_ptr<shard>> shards)
    : settings_(std::move(settings)), shards_(std::move(shards)), sessions_(shards_.size()) {
  check(settings_);
  if (shards_.empty() || shards_.size() > max_shards) {
    throw std::invalid_argument("the number of shards has to be between 1 and 256");
  }
  if (settings_.cors) cors_.emplace(*settings_.cors);
  add_codec(codec_4());
  if (settings_.websocket) offer_upgrade("websocket");
}

server::~server() {
  for (const auto& sessions : sessions_) {
    for (const auto& open : sessions) open->abandon();
  }
}

template <class Function>
bool server::guard(std::string_view where, Function&& function) const noexcept {
  // The shards of a server all report to the same handler.
  return shards_.front()->guard(where, std::forward<Function>(function));
}

void server::on_connection(detail::unique_function<void(socket)> handler) {
  on_connection_ = std::move(handler);
}

void server::add_codec(const codec& added) {
  codecs_.push_back(&added);
}

void server::add_observer(std::shared_ptr<session_observer> observer) {
  observers_.push_back(std::move(observer));
}

void server::offer_upgrade(std::string name) {
  upgrades_.push_back(std::move(name));
}

const codec* server::codec_of(const http_request& request) const {
  const query_parameter revision(request.query(), "EIO");
  const auto found = std::find_if(codecs_.begin(), codecs_.end(), [&](const codec* known) {
    return known->revision() == revision.value();
  });
  return found == codecs_.end() ? nullptr : *found;
}

std::optional<std::size_t> server::shard_of(const http_request& request) const {
  const query_parameter sid(request.query(), "sid");
  const auto index = shard_of_identifier(sid.value());
  return index && *index < shards_.size() ? index : std::nullopt;
}

void server::add_headers(const http_request& request, http_fields& headers,
                         std::string_view opened) const {
  if (cors_) guard("allow_origin", [&] { cors_->add_headers(request, headers); });
  if (!opened.empty()) {
    if (settings_.cookie) headers.append("Set-Cookie", make_cookie(*settings_.cookie, opened));
    if (settings_.initial_headers) {
      guard("initial_headers", [&] { settings_.initial_headers(headers, request); });
    }
  }
  if (settings_.headers) guard("headers", [&] { settings_.headers(headers, request); });
}

void server::refuse(shard& current, http_exchange& exchange, int code, std::string_view context,
                    std::optional<std::string> message) const {
  const auto& request = exchange.request();
  current.counters().refusals.values.at(static_cast<std::size_t>(code)).add();
  connection_error error;
  error.code = code;
  error.message = message && !message->empty()
                      ? *message
                      : std::string(error_messages.at(static_cast<std::size_t>(code)));
  error.context = context;
  if (settings_.on_connection_error) {
    guard("on_connection_error", [&] { settings_.on_connection_error(request, error); });
  }

  http_response response;
  if (websocket::is_upgrade(request)) {
    response = http_response(400, "text/html", error.message);
    response.headers.append("Connection", "close");
  } else {
    nlohmann::ordered_json body;
    body["code"] = error.code;
    body["message"] = error.message;
    response = http_response(code == forbidden ? 403 : 400, "application/json",
                             body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  respond_plainly(exchange, std::move(response));
}

void server::respond_plainly(http_exchange& exchange, http_response response) const {
  add_headers(exchange.request(), response.headers);
  exchange.respond(std::move(response));
}

std::shared_ptr<session> server::receiver_of(shard& current, const http_request& request) const {
  if (request.method != "POST") return nullptr;
  const query_parameter sid(request.query(), "sid");
  const auto& sessions = sessions_[current.index()];
  const auto found = sessions.find(sid.value());
  if (found == sessions.end() ||
      query_parameter(request.query(), "transport").value() != (*found)->transport() ||
      codec_of(request) != &(*found)->codec()) {
    return nullptr;
  }
  return *found;
}

bool server::begin_body(shard& current, const http_request& request,
                        const std::weak_ptr<const std::function<void()>>& cut_off) {
  const auto target = receiver_of(current, request);
  return target == nullptr || target->current_transport().begin_body(cut_off);
}

void server::body_failed(shard& current, const http_request& request, std::string_view why) {
  if (const auto target = receiver_of(current, request)) {
    target->current_transport().body_failed(why);
  }
}

void server::handle(shard& current, std::unique_ptr<http_exchange> exchange) {
  const auto& request = exchange->request();
  if (cors_ && cors::is_preflight(request)) {
    guard("allow_origin", [&] { exchange->respond(cors_->preflight(request)); });
    return;
  }
  const query_parameter transport_parameter(request.query(), "transport");
  const auto transport = transport_parameter.value();
  const auto* revision = codec_of(request);
  if (!(transport == "polling" && settings_.polling) &&
      !(transport == "websocket" && settings_.websocket)) {
    refuse(current, *exchange, unknown_transport, "TRANSPORT_UNKNOWN");
    return;
  }
  if (const query_parameter sid(request.query(), "sid"); !sid.value().empty()) {
    auto& sessions = sessions_[current.index()];
    const auto found = sessions.find(sid.value());
    if (found == sessions.end()) {
      refuse(current, *exchange, unknown_sid, "UNKNOWN_SID");
    } else if (revision != &(*found)->codec()) {
      refuse(current, *exchange, bad_request, "PROTOCOL_MISMATCH");
    } else {
      // Keep the session: handling the request may end and remove it.
      handle_session(current, std::shared_ptr(*found), std::move(exchange), transport);
    }
    return;
  }
  if (request.method != "GET") {
    refuse(current, *exchange, bad_handshake_method, "BAD_HANDSHAKE_METHOD");
  } else if (websocket::is_upgrade(request) != (transport == "websocket")) {
    refuse(current, *exchange, bad_request, "TRANSPORT_HANDSHAKE_ERROR");
  } else if (revision == nullptr) {
    refuse(current, *exchange, unsupported_protocol_version, "UNSUPPORTED_PROTOCOL_VERSION");
  } else {
    begin_handshake(current, std::move(exchange));
  }
}

void server::handle_session(shard& current, const std::shared_ptr<session>& target,
                            std::unique_ptr<http_exchange> exchange, std::string_view transport) {
  const auto& request = exchange->request();
  if (websocket::is_upgrade(request)) {
    if (transport != "websocket") {
      refuse(current, *exchange, bad_request, "TRANSPORT_MISMATCH");
    } else if (auto refusal = websocket::check_handshake(request)) {
      respond_plainly(*exchange, std::move(*refusal));
    } else {
      target->try_upgrade(accept_websocket(*this, *exchange, {}));
    }
  } else if (target->transport() != transport) {
    refuse(current, *exchange, bad_request, "TRANSPORT_MISMATCH");
  } else {
    target->current_transport().handle(exchange);
    if (exchange) refuse(current, *exchange, bad_request, "TRANSPORT_HANDSHAKE_ERROR");
  }
}

void server::begin_handshake(shard& current, std::unique_ptr<http_exchange> exchange) {
  const auto pending =
      std::make_shared<handshake>(*this, current.shared_from_this(), std::move(exchange));
  if (!settings_.allow_request) {
    open(*pending);
    return;
  }
  pending->exchange->on_abort([weak = std::weak_ptr(pending)] {
    if (const auto aborted = weak.lock()) aborted->exchange.reset();
  });
  const auto decide = [pending](std::optional<std::string> refusal) {
    if (pending->decided.exchange(true)) return;
    // Later, because the hook may still read the request.
    pending->home->post([pending, refusal = std::move(refusal)] {
      if (!pending->exchange) return;
      if (refusal) {
        const auto refused = std::move(pending->exchange);
        pending->owner.refuse(*pending->home, *refused, forbidden, "FORBIDDEN", refusal);
      } else {
        pending->owner.open(*pending);
      }
    });
  };
  const bool asked = guard("allow_request",
                           [&] { settings_.allow_request(pending->exchange->request(), decide); });
  // A hook that has thrown decides nothing any more: the client gets status 500.
  if (!asked && !pending->decided.exchange(true)) pending->exchange.reset();
}

void server::open(handshake& accepted) {
  auto exchange = std::move(accepted.exchange);
  const auto& request = exchange->request();
  if (closed_) {
    respond_plainly(*exchange, http_response(503, "text/plain", "the server is shutting down"));
    return;
  }
  const bool upgrade = websocket::is_upgrade(request);
  if (upgrade) {
    if (auto refusal = websocket::check_handshake(request)) {
      respond_plainly(*exchange, std::move(*refusal));
      return;
    }
  }
  auto& home = *accepted.home;
  const auto opened = make_session(home, request, *codec_of(request));
  start(opened, upgrade ? accept_websocket(*this, *exchange, opened->id())
                        : make_polling(*this, home, std::move(exchange), opened->id()));
}

std::shared_ptr<session> server::make_session(shard& home, const http_request& request,
                                              const codec& revision) {
  return std::make_shared<session>(*this, home, make_identifier(home.index()), request, revision);
}

void server::start(const std::shared_ptr<session>& opened, std::unique_ptr<transport> first) {
  opened->open(std::move(first));
  sessions_[opened->home().index()].insert(opened);
  ++clients_count_;
  if (on_connection_) guard("on_connection", [&] { on_connection_(socket(opened)); });
}

bool server::open(shard& current, const http_request& request, std::unique_ptr<transport> first) {
  const auto* revision = codec_of(request);
  if (closed_ || revision == nullptr) return false;
  start(make_session(current, request, *revision), std::move(first));
  return true;
}

bool server::upgrade(shard& current, std::string_view sid, std::unique_ptr<transport> candidate) {
  auto& sessions = sessions_[current.index()];
  const auto found = sessions.find(sid);
  if (found == sessions.end()) return false;
  std::shared_ptr(*found)->try_upgrade(std::move(candidate));
  return true;
}

void server::remove(const session& ended) {
  auto& sessions = sessions_[ended.home().index()];
  const auto found = sessions.find(ended.id());
  if (found == sessions.end()) return;
  ended.home().keep_meanwhile(*found);
  sessions.erase(found);
  --clients_count_;
}

void server::close() {
  closed_ = true;
  for (const auto& part : shards_) {
    part->dispatch([this, part] {
      std::vector<std::shared_ptr<session>> open;
      for (const auto& session : sessions_[part->index()]) open.push_back(session);
      for (const auto& session : open) session->discard();
    });
  }
}

}  // namespace socketio::engineio
