#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <socketio/detail/hook.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/protocol/attached_objects.hpp>
#include <socketio/protocol/cookies.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio::engineio {

/// The cookie that carries a session's id, for load balancers that route by it. Its max_age is
/// positive.
struct cookie_options : cookie_attributes {
  std::string name = "io";

  cookie_options() = default;
};

/// Receives the decision of allow_request(); only the first call counts. Any thread.
class allow_callback {
 public:
  using function = std::function<void(std::optional<std::string> refusal, attached_objects)>;

  allow_callback() = default;
  explicit allow_callback(function decide) : decide_(std::move(decide)) {}

  /// @param refusal nothing to accept the request, else the reason for refusing it (if empty,
  /// "Forbidden")
  void operator()(std::optional<std::string> refusal) const { decide_(std::move(refusal), {}); }
  /// @param attachment an object that the session keeps, such as the user, as if a middleware had
  /// attached it to the request
  template <class T>
  void operator()(std::optional<std::string> refusal, T&& attachment) const {
    attached_objects attached;
    attached.set(std::forward<T>(attachment));
    decide_(std::move(refusal), std::move(attached));
  }
  /// Whether it is one that the server has made.
  explicit operator bool() const { return static_cast<bool>(decide_); }

 private:
  function decide_;
};

/// Receives the id that generate_id() chooses; only the first call counts. Any thread.
using id_callback = std::function<void(std::string id)>;

/// What a connection_error tells about the request, by name: what it said (`transport`, `sid`,
/// `protocol`, `method`, `origin`), what its session has instead (`previous_transport`,
/// `previous_protocol`), the application's `message`, and the `error` that occurred.
using error_details = std::map<std::string, std::string, std::less<>>;

/// Why the server refused a request.
struct connection_error {
  int code = 0;         ///< 0 to 5, as in the response; 6 if the server has no room (503)
  std::string message;  ///< what the code means, or why the application refuses
  std::string context;  ///< what exactly was wrong, such as `TRANSPORT_MISMATCH`
  error_details details;
};

/// Options of an Engine.IO server. The defaults are the reference server's.
struct options {
  /// The server sends a heartbeat this long after the session opened, and after each answer.
  std::chrono::milliseconds ping_interval{25'000};
  /// The server closes a session whose client does not answer a heartbeat in time (`ping timeout`).
  std::chrono::milliseconds ping_timeout{20'000};
  /// The server gives up an upgrade that takes longer; the session stays on polling.
  std::chrono::milliseconds upgrade_timeout{10'000};
  /// Largest message from a client, and largest body of a polling request, in bytes.
  std::size_t max_payload = 1'000'000;
  /// Largest number of unsent bytes for a client; the server disconnects a client that reads too
  /// slowly (`transport error`).
  std::size_t max_send_queue = 16U << 20U;
  /// Largest number of open sessions, of all clients and of one address: further handshakes get
  /// status 503, with Retry-After. By default there is no limit for one address, since many clients
  /// may come through one proxy.
  std::size_t max_sessions = 100'000;
  std::optional<std::size_t> max_sessions_per_address;
  /// Which transports the server accepts.
  bool polling = true;
  bool websocket = true;
  /// Whether a polling session may upgrade.
  bool allow_upgrades = true;
  /// Whether to accept clients of revision 3, which are those of Socket.IO 1 and 2, beside those of
  /// revision 4. As in the reference, a client that names no revision, or another one, is one, too.
  bool allow_eio3 = false;
  /// The cookie to set on a session's first response, if it begins with polling; none by default.
  std::optional<cookie_options> cookie;
  /// Cross-origin access; without it the server sends no CORS fields, and browsers refuse other
  /// origins.
  std::optional<cors_options> cors;
  /// Whether the server refuses WebSockets of other pages than those that may poll, which browsers
  /// do not see to: those from the host of the request, and those that `cors` allows.
  bool check_websocket_origin = true;
  /// The server compresses responses to polls of at least so many bytes if the client accepts it;
  /// if nothing, it compresses none.
  std::optional<std::size_t> http_compression_threshold = 1024;
  /// Compression of WebSocket messages (permessage-deflate) for clients that offer it; off by
  /// default, because it costs time and memory.
  std::optional<websocket::deflate_options> per_message_deflate;
  /// A message sent to each client right after the handshake: text (UTF-8), or bytes.
  std::optional<std::variant<std::string, std::vector<std::byte>>> initial_packet;

  /// Decides about each handshake (not about later requests of a session), at once or later.
  detail::hook<void(const http_request&, allow_callback)> allow_request;
  /// Chooses the id of each session that a handshake opens, at once or later: 1 to 128 characters
  /// that a cookie may have (RFC 6265), not those of another open session. Whoever knows the id can
  /// act as the client, so it must not be guessed. Without this the server makes ids itself.
  detail::hook<void(const http_request&, id_callback)> generate_id;
  /// May change the fields of the first response of a session.
  detail::hook<void(http_fields&, const http_request&)> initial_headers;
  /// May change the fields of every response, the 101 of WebSocket included.
  detail::hook<void(http_fields&, const http_request&)> headers;
  /// Called with each refused request.
  detail::hook<void(const http_request&, const connection_error&)> on_connection_error;

  options() = default;
};

/// Checks options. @throws std::invalid_argument for a value that cannot work, which says why
void check(const options& settings);

}  // namespace socketio::engineio
