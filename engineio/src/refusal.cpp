#include "refusal.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

namespace socketio::engineio {
namespace {

constexpr std::array<std::string_view, 6> messages = {
    "Transport unknown", "Session ID unknown", "Bad handshake method",
    "Bad request",       "Forbidden",          "Unsupported protocol version"};

}  // namespace

bool has_forbidden_bytes(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) {
    constexpr char last_control = 0x1F;
    constexpr char delete_control = 0x7F;
    return (c >= 0 && c <= last_control && c != '\t') || c == delete_control;
  });
}

void server::refuse(shard& current, http_exchange& exchange, int code, std::string_view context,
                    error_details details) const {
  const auto& request = exchange.request();
  connection_error error;
  error.code = code;
  const auto told = details.find("message");
  error.message =
      told == details.end() ? messages.at(static_cast<std::size_t>(code)) : told->second;
  error.context = context;
  error.details = std::move(details);
  tell_refusal(current, request, error);

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

bool server::refuse_foreign_page(shard& current, http_exchange& exchange,
                                 const cors* policy) const {
  const auto& request = exchange.request();
  if (!settings_.check_websocket_origin || !websocket::is_upgrade(request) ||
      is_from_same_host(request)) {
    return false;
  }
  const std::string origin(*origin_of(request));
  if (has_forbidden_bytes(origin)) return false;  // serve() refuses it
  bool allowed = false;
  if (policy != nullptr) {
    current.guard("allow_origin", [&] { allowed = policy->allows(origin); });
  }
  if (allowed) return false;
  current.warn("a WebSocket of a page from " + origin + " is refused: the option cors allows " +
               "further origins, and check_websocket_origin = false allows all");
  refuse(current, exchange, forbidden, "FORBIDDEN_ORIGIN",
         {{"message", "Pages from this origin may not connect"}, {"origin", origin}});
  return true;
}

void server::refuse_full(shard& current, http_exchange& exchange) const {
  tell_refusal(current, exchange.request(),
               {server_full, "The server has no room for another session", "SERVER_FULL", {}});
  http_response response(503, "text/plain", "The server is full");
  response.headers.append("Retry-After", "5");
  respond_plainly(exchange, std::move(response));
}

bool server::refuse_bad_websocket(shard& current, http_exchange& exchange) const {
  const auto& request = exchange.request();
  auto refused = websocket::check_handshake(request);
  if (!refused) return false;
  connection_error error;
  error.code = bad_request;
  error.message = messages[bad_request];
  error.context = "TRANSPORT_HANDSHAKE_ERROR";
  error.details["error"] = refused->body;
  tell_refusal(current, request, error);
  respond_plainly(exchange, std::move(*refused));
  return true;
}

void server::tell_refusal(shard& current, const http_request& request,
                          const connection_error& error) const {
  current.counters().refusals.values.at(static_cast<std::size_t>(error.code)).add();
  if (settings_.on_connection_error) {
    current.guard("on_connection_error", [&] { settings_.on_connection_error(request, error); });
  }
}

}  // namespace socketio::engineio
