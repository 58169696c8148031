#include "cross_origin.hpp"

#include <algorithm>
#include <string>

namespace {

using socketio::http_request;
using socketio::http_response;
using socketio::json;

std::string policy_in_words(const demo_origins& origins, std::string_view path,
                            std::string_view origin) {
  if (origin.empty()) return "the request came from no other origin";
  const bool is_private = path == "/private/upload";
  const bool allowed = is_private ? origin == partner_origin : origins.is_cross_origin(origin);
  auto words = std::string(allowed ? "the server sent" : "the server sent no");
  words.append(" Access-Control-Allow-Origin for ").append(origin);
  if (is_private) words.append(", since this route is open to ").append(partner_origin);
  return words;
}

http_response describe(const demo_origins& origins, const http_request& request) {
  json answer = {{"pairs", json::array()}};
  for (const auto& [main, cross] : origins.pairs()) {
    answer["pairs"].push_back({{"main", main}, {"cross", cross}});
  }
  const socketio::query_parameters query(request.query());
  if (const auto path = query.find("path")) {
    answer["policy"] = policy_in_words(origins, *path, request.headers["Origin"]);
  }
  http_response response(200, "application/json",
                         answer.dump(-1, ' ', false, json::error_handler_t::replace));
  response.headers.append("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::string origin_of(bool secure, std::string_view host, std::uint16_t port) {
  std::string origin = secure ? "https://" : "http://";
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  origin.append(is_ipv6 ? "[" : "").append(host).append(is_ipv6 ? "]" : "");
  // Browsers leave the scheme's own port out.
  if (port != (secure ? 443 : 80)) origin.append(":").append(std::to_string(port));
  return origin;
}

void demo_origins::add_ports(bool secure, std::string_view host, std::uint16_t main,
                             std::uint16_t cross) {
  const bool is_any = host.empty() || host == "0.0.0.0" || host == "::";
  const auto names = is_any ? std::vector<std::string_view>{"localhost", "127.0.0.1", "::1"}
                            : std::vector<std::string_view>{host};
  for (const auto& name : names) {
    add({origin_of(secure, name, main), origin_of(secure, name, cross)});
  }
}

bool demo_origins::is_cross_origin(std::string_view origin) const {
  return std::any_of(pairs_.begin(), pairs_.end(),
                     [origin](const auto& pair) { return pair.cross == origin; });
}

socketio::cors_options demo_origins::cors() const {
  socketio::cors_options options;
  options.allow_origin = [this](std::string_view origin) { return is_cross_origin(origin); };
  return options;
}

bool is_same_origin(const http_request& request) {
  const auto origin = request.headers.find("Origin");
  if (!origin) return true;
  // The scheme is left out: it may be that of a proxy in front, which ends TLS.
  const auto scheme_end = origin->find("://");
  return scheme_end != std::string_view::npos &&
         origin->substr(scheme_end + 3) == request.headers["Host"];
}

void add_cross_origin(socketio::server& io, const demo_origins& origins) {
  auto upload = origins.cors();
  upload.methods = {"POST"};
  upload.allowed_headers = {"X-Upload-Id", "X-Upload-Name"};
  upload.exposed_headers = {"X-Upload-Size"};
  io.http().cors("/upload", upload);

  auto private_upload = upload;
  private_upload.allow_origin = nullptr;
  private_upload.origins = {std::string(partner_origin)};
  io.http().cors("/private/upload", private_upload);

  io.http().cors("/cross-origin.json", {});
  io.http().get("/cross-origin.json",
                [&origins](const http_request& request) { return describe(origins, request); });
}
