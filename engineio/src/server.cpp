#include <algorithm>
#include <stdexcept>

#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/cookies.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "exchange_passage.hpp"
#include "id_table.hpp"
#include "refusal.hpp"
#include "session_extras.hpp"
#include "transports/websocket.hpp"

namespace socketio::engineio {
namespace {

// The revision of the protocol, as the client names it.
std::string protocol_of(const http_request& request) {
  return std::string(query_parameter(request.query(), "EIO").value());
}

}  // namespace

std::string_view server::by_id::id_of(const std::shared_ptr<session>& each) noexcept {
  return each->id();
}

server::server(options settings, std::vector<std::shared_ptr<shard>> shards)
    : settings_(std::move(settings)),
      shards_(std::move(shards)),
      sessions_(shards_.size()),
      extras_(shards_.size()),
      counts_(settings_.max_sessions, settings_.max_sessions_per_address) {
  check(settings_);
  if (shards_.empty() || shards_.size() > max_shards) {
    throw std::invalid_argument("the number of shards has to be between 1 and 256");
  }
  if (settings_.cors) cors_.emplace(*settings_.cors);
  if (settings_.generate_id) chosen_ids_ = std::make_unique<detail::id_table>();
  add_codec(codec_4());
  if (settings_.websocket) offer_upgrade("websocket");
}

server::~server() {
  for (const auto& sessions : sessions_) {
    for (const auto& open : sessions) open->abandon();
  }
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
  const auto found = std::find_if(codecs_.begin(), codecs_.end(),
                                  [revision = protocol_of(request)](const codec* known) {
                                    return known->revision() == revision;
                                  });
  if (found != codecs_.end()) return *found;
  return settings_.allow_eio3 ? &codec_3() : nullptr;
}

std::optional<std::size_t> server::shard_of(const http_request& request) const {
  const query_parameter sid(request.query(), "sid");
  if (chosen_ids_ && sid) {
    if (const auto index = chosen_ids_->shard_of(sid.value())) return index;
  }
  const auto index = shard_of_identifier(sid.value());
  return index && *index < shards_.size() ? index : std::nullopt;
}

void server::add_headers(const http_request& request, http_fields& headers,
                         std::string_view opened) const {
  // The shards of a server all report to the same handler.
  const auto& home = *shards_.front();
  // Deferred options have added theirs, and a preflight that goes on has its own.
  if (cors_ && !cors_->is_deferred() && !cors::is_preflight(request))
    home.guard("allow_origin", [&] { cors_->add_headers(request, headers); });
  if (!opened.empty()) {
    if (settings_.cookie && !websocket::is_upgrade(request)) {
      set_cookie(headers, settings_.cookie->name, opened, *settings_.cookie);
    }
    if (settings_.initial_headers) {
      home.guard("initial_headers", [&] { settings_.initial_headers(headers, request); });
    }
  }
  if (settings_.headers) home.guard("headers", [&] { settings_.headers(headers, request); });
}

void server::respond_plainly(http_exchange& exchange, http_response response) const {
  add_headers(exchange.request(), response.headers);
  exchange.respond(std::move(response));
}

bool is_handshake(const http_request& request) {
  return query_parameter(request.query(), "sid").value().empty();
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
  if (!cors_) {
    if (refuse_foreign_page(current, *exchange, nullptr)) return;
    return run_middlewares(current, std::move(exchange));
  }
  const bool preflight = cors::is_preflight(exchange->request());
  if (cors_->is_deferred()) {
    const auto passing = detail::exchange_passage::begin(std::move(exchange));
    return cors_->choose(
        current, passing, [this, &current, passing, preflight](const cors* chosen) {
          if (chosen != nullptr && !preflight) {
            chosen->add_headers(*passing->request, passing->fields);
          }
          auto allowed = passing->end();
          // Without a choice the client gets status 500.
          if (chosen != nullptr && preflight)
            allowed = chosen->answer_preflight(std::move(allowed));
          if (chosen != nullptr && allowed && !refuse_foreign_page(current, *allowed, chosen))
            run_middlewares(current, std::move(allowed));
        });
  }
  if (preflight) {
    current.guard("allow_origin", [&] { exchange = cors_->answer_preflight(std::move(exchange)); });
    if (!exchange) return;
  }
  if (refuse_foreign_page(current, *exchange, &*cors_)) return;
  run_middlewares(current, std::move(exchange));
}

void server::serve(shard& current, std::unique_ptr<http_exchange> exchange) {
  const auto& request = exchange->request();
  const query_parameter transport_parameter(request.query(), "transport");
  const auto transport = transport_parameter.value();
  if (!(transport == "polling" && settings_.polling) &&
      !(transport == "websocket" && settings_.websocket)) {
    return refuse(current, *exchange, unknown_transport, "TRANSPORT_UNKNOWN",
                  {{"transport", std::string(transport)}});
  }
  if (const auto origin = request.headers["Origin"]; has_forbidden_bytes(origin)) {
    return refuse(current, *exchange, bad_request, "INVALID_ORIGIN",
                  {{"origin", std::string(origin)}});
  }
  if (const query_parameter sid(request.query(), "sid"); !sid.value().empty()) {
    auto& sessions = sessions_[current.index()];
    const auto found = sessions.find(sid.value());
    if (found == sessions.end()) {
      refuse(current, *exchange, unknown_sid, "UNKNOWN_SID", {{"sid", std::string(sid.value())}});
    } else {
      // Keep the session: handling the request may end and remove it.
      handle_session(current, std::shared_ptr(*found), std::move(exchange), transport);
    }
  } else if (request.method != "GET") {
    refuse(current, *exchange, bad_handshake_method, "BAD_HANDSHAKE_METHOD",
           {{"method", request.method}});
  } else if (websocket::is_upgrade(request) != (transport == "websocket")) {
    refuse(current, *exchange, bad_request, "TRANSPORT_HANDSHAKE_ERROR");
  } else if (codec_of(request) == nullptr) {
    refuse(current, *exchange, unsupported_protocol_version, "UNSUPPORTED_PROTOCOL_VERSION",
           {{"protocol", protocol_of(request)}});
  } else {
    begin_handshake(current, std::move(exchange));
  }
}

void server::handle_session(shard& current, const std::shared_ptr<session>& target,
                            std::unique_ptr<http_exchange> exchange, std::string_view transport) {
  const auto& request = exchange->request();
  const bool upgrade = websocket::is_upgrade(request);
  if (upgrade ? transport != "websocket" : transport != target->transport()) {
    refuse(current, *exchange, bad_request, "TRANSPORT_MISMATCH",
           {{"transport", std::string(transport)},
            {"previous_transport", std::string(target->transport())}});
  } else if (codec_of(request) != &target->codec()) {
    refuse(current, *exchange, bad_request, "PROTOCOL_MISMATCH",
           {{"protocol", protocol_of(request)},
            {"previous_protocol", std::string(target->codec().revision())}});
  } else if (!upgrade) {
    target->current_transport().handle(exchange);
    if (exchange) refuse(current, *exchange, bad_request, "TRANSPORT_HANDSHAKE_ERROR");
  } else if (!refuse_bad_websocket(current, *exchange)) {
    target->try_upgrade(accept_websocket(*this, *exchange, nullptr));
  }
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
  if (chosen_ids_) chosen_ids_->remove(ended.id());
  ended.home().keep_meanwhile(*found);
  sessions.erase(found);
  --clients_count_;
  counts_.leave(ended.request().head().remote_address);
}

detail::session_extras& server::extras_of(const session& owner) {
  auto& extras = extras_[owner.home().index()][&owner];
  if (!extras) extras = std::make_unique<detail::session_extras>();
  return *extras;
}

void server::drop_extras(const session& owner) {
  // Their destructors are the application's: take them out of the table first.
  const auto dropped = extras_[owner.home().index()].extract(&owner);
}

void server::close(std::function<void()> ended) {
  closed_ = true;
  // The last shard releases it.
  struct report {
    std::shared_ptr<shard> home;
    std::function<void()> ended;

    report(std::shared_ptr<shard> where, std::function<void()> function)
        : home(std::move(where)), ended(std::move(function)) {}
    report(const report&) = delete;
    report& operator=(const report&) = delete;
    ~report() {
      if (ended) home->guard("close", ended);
    }
  };
  const auto reported = std::make_shared<const report>(shards_.front(), std::move(ended));
  for (const auto& part : shards_) {
    part->dispatch([this, part, reported] {
      std::vector<std::shared_ptr<session>> open;
      for (const auto& session : sessions_[part->index()]) open.push_back(session);
      for (const auto& session : open) session->discard();
    });
  }
}

}  // namespace socketio::engineio
