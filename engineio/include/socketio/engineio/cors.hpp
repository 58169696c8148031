#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/detail/hook.hpp>
#include <socketio/protocol/http.hpp>

namespace socketio {

/// Cross-origin resource sharing (Fetch standard, "CORS protocol").
struct cors_options {
  /// Origins that may read responses: `*` for any, or full origins such as `https://example.com`.
  std::vector<std::string> origins{"*"};
  /// Decides instead of `origins`, if set.
  detail::hook<bool(std::string_view origin)> allow_origin;
  /// Whether browsers may send cookies and authorisation. If set, responses name the matching
  /// origin, and `origins` must not contain `*`.
  bool credentials = false;
  /// Methods a preflight allows.
  std::vector<std::string> methods{"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"};
  /// Request fields a preflight allows; if empty, those that it asks for.
  std::vector<std::string> allowed_headers;
  /// Response fields that scripts may read.
  std::vector<std::string> exposed_headers;
  /// How long browsers may cache a preflight.
  std::optional<std::chrono::seconds> max_age;

  cors_options() = default;
};

/// Checks that an origin is written as browsers send it, or is `*`.
/// @throws std::invalid_argument that names the option
void check_origin(std::string_view option, std::string_view origin);

/// Applies cors_options to responses. Immutable, hence thread-safe.
class cors {
 public:
  /// @throws std::invalid_argument for `*` together with credentials, and for what no browser sends
  /// or accepts
  explicit cors(cors_options options);

  /// Adds the fields for a response to the request.
  void add_headers(const http_request& request, http_fields& headers) const;

  /// Whether the request is a preflight (its method is OPTIONS).
  [[nodiscard]] static bool is_preflight(const http_request& request);
  /// The response to a preflight: 204 without a body.
  [[nodiscard]] http_response preflight(const http_request& request) const;

 private:
  [[nodiscard]] bool allows(std::string_view origin) const;
  void add_origin(const http_request& request, http_fields& headers) const;

  cors_options options_;
  bool any_origin_;
};

}  // namespace socketio
