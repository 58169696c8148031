#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/detail/hook.hpp>
#include <socketio/detail/unique_function.hpp>
#include <socketio/protocol/http.hpp>

namespace socketio {

namespace engineio {
class http_exchange;
class shard;
}  // namespace engineio

namespace detail {
struct passage;
}  // namespace detail

struct cors_options;

/// Receives the options that cors_options::for_request chooses; only the first call counts. Any
/// thread.
using cors_callback = std::function<void(const cors_options& chosen)>;

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
  /// The status of the response to a preflight: 200 to 299.
  unsigned preflight_status = 204;
  /// Whether preflights go on to what serves the request, with the fields for them.
  bool preflight_continue = false;
  /// Chooses the options for each request, at once or later, which then count instead of these, but
  /// for preflight_continue. Without a choice the client gets status 500. Errors that the host
  /// answers itself, such as 413, have no CORS fields then.
  detail::hook<void(const http_request&, cors_callback)> for_request;

  cors_options() = default;
};

/// Checks that an origin is written as browsers send it, or is `*`.
/// @throws std::invalid_argument that names the option
void check_origin(std::string_view option, std::string_view origin);

/// The origin of the page that sent a request; nothing if no page did. In version 8 of WebSocket
/// the field has the name Sec-WebSocket-Origin.
[[nodiscard]] std::optional<std::string_view> origin_of(const http_request& request);

/// Whether that page comes from the host that the field Host names. True if no page did.
[[nodiscard]] bool is_from_same_host(const http_request& request);

/// Applies cors_options to responses. Immutable, hence thread-safe.
class cors {
 public:
  /// @throws std::invalid_argument for `*` together with credentials, and for what no browser sends
  /// or accepts
  explicit cors(cors_options options);

  /// Whether the options have to be chosen for each request, by choose().
  [[nodiscard]] bool is_deferred() const { return static_cast<bool>(options_.for_request); }
  /// Whether pages of an origin may read responses.
  [[nodiscard]] bool allows(std::string_view origin) const;
  /// Whether preflights go on to what serves the request.
  [[nodiscard]] bool continues_preflights() const { return options_.preflight_continue; }
  /// Chooses the options for a request. Call it on the shard.
  /// @param receive called on the shard in a later turn, unless the request goes nowhere any more,
  /// with the policy, valid during the call; with null if there is none, as the application has
  /// thrown, or let go of the decision
  void choose(engineio::shard& home, std::shared_ptr<detail::passage> passing,
              detail::unique_function<void(const cors*)> receive) const;

  /// Adds the fields for a response to the request.
  void add_headers(const http_request& request, http_fields& headers) const;

  /// Whether the request is a preflight (its method is OPTIONS).
  [[nodiscard]] static bool is_preflight(const http_request& request);
  /// Answers a preflight, or returns its exchange if it goes on.
  [[nodiscard]] std::unique_ptr<engineio::http_exchange> answer_preflight(
      std::unique_ptr<engineio::http_exchange> exchange) const;
  /// The response to a preflight, without a body.
  [[nodiscard]] http_response preflight(const http_request& request) const;

 private:
  void add_origin(const http_request& request, http_fields& headers) const;

  cors_options options_;
  bool any_origin_;
};

}  // namespace socketio
