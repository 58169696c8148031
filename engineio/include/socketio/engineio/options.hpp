#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/detail/hook.hpp>
#include <socketio/engineio/cors.hpp>
#include <socketio/protocol/http.hpp>
#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio::engineio {

/// The cookie that carries a session's id, for load balancers that route by it.
struct cookie_options {
  std::string name = "io";
  std::string path = "/";
  std::string domain;  ///< omitted if empty
  std::optional<std::chrono::seconds> max_age;
  bool http_only = true;
  bool secure = false;
  std::string same_site = "Lax";  ///< Strict, Lax or None; omitted if empty

  cookie_options() = default;
};

/// Receives the decision of allow_request(); only the first call counts. Any thread.
/// @param refusal nothing to accept the request, else the reason for refusing it (if empty,
/// "Forbidden")
using allow_callback = std::function<void(std::optional<std::string> refusal)>;

/// Why the server refused a request.
struct connection_error {
  int code = 0;         ///< 0 to 5, as in the response
  std::string message;  ///< as in the response
  std::string context;  ///< what exactly was wrong, for logs
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
  /// Which transports the server accepts.
  bool polling = true;
  bool websocket = true;
  /// Whether a polling session may upgrade.
  bool allow_upgrades = true;
  /// The cookie to set on a session's first response; none by default.
  std::optional<cookie_options> cookie;
  /// Cross-origin access; without it the server sends no CORS fields, and browsers refuse other
  /// origins.
  std::optional<cors_options> cors;
  /// The server compresses responses to polls of at least so many bytes if the client accepts it;
  /// if nothing, it compresses none.
  std::optional<std::size_t> http_compression_threshold = 1024;
  /// Compression of WebSocket messages (permessage-deflate) for clients that offer it; off by
  /// default, because it costs time and memory.
  std::optional<websocket::deflate_options> per_message_deflate;
  /// A message sent to each client right after the handshake.
  std::optional<std::string> initial_packet;

  /// Decides about each handshake (not about later requests of a session), at once or later.
  detail::hook<void(const http_request&, allow_callback)> allow_request;
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
