#include "cross_origin.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace {

using socketio::http_request;
using socketio::http_response;
using socketio::json;

std::string origin_of(bool secure, std::string_view host, std::uint16_t port) {
  auto origin = std::string(secure ? "https://" : "http://").append(host);
  // Browsers leave the scheme's own port out.
  if (port != (secure ? 443 : 80)) origin.append(":").append(std::to_string(port));
  return origin;
}

std::string policy_in_words(const demo_ports& ports, std::string_view path,
                            std::string_view origin) {
  if (origin.empty()) return "the request came from no other origin";
  const bool is_private = path == "/private/upload";
  const bool allowed = is_private          ? origin == partner_origin
                       : path == "/upload" ? ports.is_cross_origin(origin)
                                           : false;
  auto words = std::string(allowed ? "the server sent" : "the server sent no");
  words.append(" Access-Control-Allow-Origin for ").append(origin);
  if (is_private) words.append(", since the route is open to ").append(partner_origin);
  return words;
}

http_response describe(const demo_ports& ports, const http_request& request) {
  json answer = {{"main", ports.main_port()}, {"cross", ports.cross_port()}};
  const socketio::query_parameters query(request.query());
  if (const auto path = query.find("path")) {
    answer["policy"] = policy_in_words(ports, *path, request.headers["Origin"]);
  }
  http_response response(200, "application/json",
                         answer.dump(-1, ' ', false, json::error_handler_t::replace));
  response.headers.append("Cache-Control", "no-store");
  return response;
}

}  // namespace

void demo_ports::set(std::uint16_t main_port, std::uint16_t cross_port) {
  main_port_ = main_port;
  cross_port_ = cross_port;
}

bool demo_ports::is_cross_origin(std::string_view origin) const {
  const auto port = cross_port();
  if (port == 0) return false;
  constexpr std::array<std::string_view, 3> hosts = {"localhost", "127.0.0.1", "[::1]"};
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](auto host) { return origin == origin_of(secure_, host, port); });
}

socketio::cors_options demo_ports::cors() const {
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

void add_cross_origin(socketio::server& io, const demo_ports& ports) {
  auto upload = ports.cors();
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
                [&ports](const http_request& request) { return describe(ports, request); });
}
