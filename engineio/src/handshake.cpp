// How a session opens: the application allows it and chooses its id, each at once or later.
#include <socketio/engineio/decision.hpp>
#include <socketio/engineio/identifier.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

#include "id_table.hpp"
#include "refusal.hpp"
#include "transports/polling.hpp"
#include "transports/websocket.hpp"

namespace socketio::engineio {
namespace {

// What allow_request() decides.
struct verdict {
  std::optional<std::string> refusal;
  attached_objects attached;
};

}  // namespace

struct server::handshake {
  std::unique_ptr<http_exchange> exchange;  // null once the client has gone
};

void server::begin_handshake(shard& home, std::unique_ptr<http_exchange> exchange) {
  const auto begun = std::make_shared<handshake>();
  begun->exchange = std::move(exchange);
  if (!settings_.allow_request) return choose_id(home, begun);
  detail::let_go_on_abort(begun);
  detail::decision<verdict>::ask(
      home, "allow_request",
      [&](const auto& asked) {
        settings_.allow_request(
            begun->exchange->request(),
            allow_callback([asked](std::optional<std::string> refusal, attached_objects attached) {
              asked->settle(verdict{std::move(refusal), std::move(attached)});
            }));
      },
      [this, &home, begun](std::optional<verdict> decided) {
        // Without a decision the client gets status 500.
        if (!begun->exchange || !decided) return;
        if (!decided->refusal) {
          begun->exchange->request().attached.set(decided->attached);
          return choose_id(home, begun);
        }
        error_details details;
        if (!decided->refusal->empty()) details["message"] = *std::move(decided->refusal);
        const auto refused = std::move(begun->exchange);
        refuse(home, *refused, forbidden, "FORBIDDEN", std::move(details));
      });
}

void server::choose_id(shard& home, const std::shared_ptr<handshake>& allowed) {
  const auto& request = allowed->exchange->request();
  if (websocket::is_upgrade(request) && refuse_bad_websocket(home, *allowed->exchange)) return;
  if (!settings_.generate_id) return open(home, *allowed, make_identifier(home.index()));
  detail::let_go_on_abort(allowed);
  detail::decision<std::string>::ask(
      home, "generate_id",
      [&](const auto& asked) {
        settings_.generate_id(request, [asked](std::string id) { asked->settle(std::move(id)); });
      },
      [this, &home, allowed](std::optional<std::string> id) {
        if (!allowed->exchange) return;
        const auto wrong = id ? chosen_ids_->enter(*id, home.index()) : "there is no id";
        if (wrong.empty()) return open(home, *allowed, *id);
        refuse(home, *std::exchange(allowed->exchange, nullptr), bad_request, "ID_GENERATION_ERROR",
               {{"error", std::string(wrong)}});
      });
}

void server::open(shard& home, handshake& accepted, std::string_view id) {
  auto exchange = std::move(accepted.exchange);
  const auto& request = exchange->request();
  if (closed_) {
    if (chosen_ids_) chosen_ids_->remove(id);
    respond_plainly(*exchange, http_response(503, "text/plain", "the server is shutting down"));
    return;
  }
  if (!counts_.has_room(request.remote_address)) {
    if (chosen_ids_) chosen_ids_->remove(id);
    return refuse_full(home, *exchange);
  }
  const auto opened = std::make_shared<session>(*this, home, id, request, *codec_of(request));
  start(opened, websocket::is_upgrade(request)
                    ? accept_websocket(*this, *exchange, opened.get())
                    : make_polling(*this, home, std::move(exchange), opened->id()));
}

bool server::open(shard& current, const http_request& request, std::unique_ptr<transport> first) {
  const auto* revision = codec_of(request);
  if (closed_ || revision == nullptr || !counts_.has_room(request.remote_address)) return false;
  start(std::make_shared<session>(*this, current, make_identifier(current.index()), request,
                                  *revision),
        std::move(first));
  return true;
}

void server::start(const std::shared_ptr<session>& opened, std::unique_ptr<transport> first) {
  opened->open(std::move(first));
  sessions_[opened->home().index()].insert(opened);
  ++clients_count_;
  counts_.enter(opened->request().head().remote_address);
  if (on_connection_) {
    opened->home().guard("on_connection", [&] { on_connection_(socket(opened)); });
  }
}

}  // namespace socketio::engineio
