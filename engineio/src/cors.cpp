#include <algorithm>
#include <stdexcept>

#include <socketio/engineio/cors.hpp>

namespace socketio {
namespace {

std::string join(const std::vector<std::string>& values) {
  std::string list;
  for (const auto& value : values) {
    if (!list.empty()) list.push_back(',');
    list.append(value);
  }
  return list;
}

}  // namespace

cors::cors(cors_options options)
    : options_(std::move(options)),
      any_origin_(!options_.allow_origin &&
                  std::find(options_.origins.begin(), options_.origins.end(), "*") !=
                      options_.origins.end()) {
  if (any_origin_ && options_.credentials) {
    throw std::invalid_argument("CORS: any origin together with credentials is not safe");
  }
}

bool cors::allows(std::string_view origin) const {
  if (options_.allow_origin) return options_.allow_origin(origin);
  return std::find(options_.origins.begin(), options_.origins.end(), origin) !=
         options_.origins.end();
}

void cors::add_origin(const http_request& request, http_fields& headers) const {
  if (any_origin_) {
    headers.append("Access-Control-Allow-Origin", "*");
  } else {
    const auto origin = request.headers.find("Origin");
    const bool allowed = origin && allows(*origin);
    if (allowed) headers.append("Access-Control-Allow-Origin", *origin);
    headers.append("Vary", "Origin");
    if (!allowed) return;
  }
  if (options_.credentials) headers.append("Access-Control-Allow-Credentials", "true");
}

void cors::add_headers(const http_request& request, http_fields& headers) const {
  add_origin(request, headers);
  if (!options_.exposed_headers.empty()) {
    headers.append("Access-Control-Expose-Headers", join(options_.exposed_headers));
  }
}

bool cors::is_preflight(const http_request& request) {
  return request.method == "OPTIONS";
}

http_response cors::preflight(const http_request& request) const {
  http_response response(204);
  auto& headers = response.headers;
  add_origin(request, headers);
  headers.append("Access-Control-Allow-Methods", join(options_.methods));
  if (!options_.allowed_headers.empty()) {
    headers.append("Access-Control-Allow-Headers", join(options_.allowed_headers));
  } else if (const auto asked = request.headers.find("Access-Control-Request-Headers")) {
    headers.append("Vary", "Access-Control-Request-Headers");
    headers.append("Access-Control-Allow-Headers", *asked);
  }
  if (options_.max_age) {
    headers.append("Access-Control-Max-Age", std::to_string(options_.max_age->count()));
  }
  return response;
}

}  // namespace socketio
