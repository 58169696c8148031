#include <algorithm>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/decision.hpp>
#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/passage.hpp>

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

void check(const cors_options& options, bool any_origin) {
  if (any_origin && options.credentials) {
    detail::refuse_option("cors.credentials", "true",
                          "be false as long as cors.origins has *, any origin");
  }
  for (const auto& origin : options.origins) check_origin("cors.origins", origin);
  for (const auto& method : options.methods) detail::check_token("cors.methods", method);
  for (const auto& name : options.allowed_headers) {
    detail::check_token("cors.allowed_headers", name);
  }
  for (const auto& name : options.exposed_headers) {
    detail::check_token("cors.exposed_headers", name);
  }
  if (options.max_age && options.max_age->count() < 0) {
    detail::refuse_option("cors.max_age", std::to_string(options.max_age->count()) + " s",
                          "be 0 or more");
  }
  detail::check_range("cors.preflight_status", options.preflight_status, 200, 299);
}

// The host and port of an origin, such as `https://example.com:8443`.
std::string_view authority_of(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ? std::string_view{} : origin.substr(scheme_end + 3);
}

}  // namespace

void check_origin(std::string_view option, std::string_view origin) {
  if (origin == "*" || origin == "null") return;
  const auto authority = authority_of(origin);
  if (origin.starts_with("://") || authority.empty() ||
      authority.find_first_of("/?#@* ") != std::string_view::npos ||
      std::any_of(origin.begin(), origin.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    detail::refuse_text(option, origin,
                        "be * or as browsers send it, like https://example.com: in small letters, "
                        "without a path or a final slash");
  }
  detail::check_field_value(option, origin);
}

cors::cors(cors_options options)
    : options_(std::move(options)),
      any_origin_(!options_.allow_origin &&
                  std::find(options_.origins.begin(), options_.origins.end(), "*") !=
                      options_.origins.end()) {
  check(options_, any_origin_);
}

std::optional<std::string_view> origin_of(const http_request& request) {
  const auto origin = request.headers.find("Origin");
  return origin ? origin : request.headers.find("Sec-WebSocket-Origin");
}

bool is_from_same_host(const http_request& request) {
  const auto origin = origin_of(request);
  if (!origin) return true;
  const auto authority = authority_of(*origin);
  return !authority.empty() && equals_ignoring_case(authority, request.headers["Host"]);
}

bool cors::allows(std::string_view origin) const {
  if (any_origin_) return true;
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

void cors::choose(engineio::shard& home, std::shared_ptr<detail::passage> passing,
                  detail::unique_function<void(const cors*)> receive) const {
  const auto& request = *passing->request;
  detail::decision<cors_options>::ask(
      home, "for_request",
      [&](const auto& asked) {
        options_.for_request(request,
                             [asked](const cors_options& chosen) { asked->settle(chosen); });
      },
      [&home, passing = std::move(passing), receive = std::move(receive),
       continues = continues_preflights()](std::optional<cors_options> chosen) {
        if (passing->request == nullptr) return;
        std::optional<cors> policy;
        home.guard("for_request", [&] {
          if (!chosen) return;
          chosen->for_request = nullptr;
          chosen->preflight_continue = continues;
          policy.emplace(*std::move(chosen));
        });
        receive(policy ? &*policy : nullptr);
      });
}

std::unique_ptr<engineio::http_exchange> cors::answer_preflight(
    std::unique_ptr<engineio::http_exchange> exchange) const {
  auto response = preflight(exchange->request());
  if (options_.preflight_continue) {
    return engineio::add_fields(std::move(exchange), std::move(response.headers));
  }
  exchange->respond(std::move(response));
  return nullptr;
}

bool cors::is_preflight(const http_request& request) {
  return request.method == "OPTIONS";
}

http_response cors::preflight(const http_request& request) const {
  http_response response(options_.preflight_status);
  auto& headers = response.headers;
  add_origin(request, headers);
  headers.append("Access-Control-Allow-Methods", join(options_.methods));
  if (!options_.allowed_headers.empty()) {
    headers.append("Access-Control-Allow-Headers", join(options_.allowed_headers));
  } else if (const auto asked = request.headers.find("Access-Control-Request-Headers")) {
    headers.append("Vary", "Access-Control-Request-Headers");
    headers.append("Access-Control-Allow-Headers", *asked);
  }
  if (!options_.exposed_headers.empty()) {
    headers.append("Access-Control-Expose-Headers", join(options_.exposed_headers));
  }
  if (options_.max_age) {
    headers.append("Access-Control-Max-Age", std::to_string(options_.max_age->count()));
  }
  return response;
}

}  // namespace socketio
