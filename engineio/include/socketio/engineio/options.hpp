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
  std::string domain;  ///< left out if empty
  std::optional<std::chrono::seconds> max_age;
  bool http_only = true;
  bool secure = false;
  std::string same_site = "Lax";  ///< Strict, Lax or None; left out if empty

  cookie_options() = default;
};

/// Takes the decision of allow_request(); only the first call counts. Any thread.
/// @param refusal why the request is refused; nothing accepts it, an empty text means "Forbidden"
using allow_callback = std::function<void(std::optional<std::string> refusal)>;

/// A request that was refused.
struct connection_error {
  int code = 0;         ///< 0 to 5, as in the response
  std::string message;  ///< as in the response
  std::string context;  ///< what exactly was wrong, for logs
};

/// Options of an Engine.IO server. The defaults are the reference server's.
struct options {
  /// A heartbeat is sent this long after the session was opened and after each answer.
  std::chrono::milliseconds ping_interval{25'000};
  /// A session whose client has not answered a heartbeat for so long is closed (`ping timeout`).
  std::chrono::milliseconds ping_timeout{20'000};
  /// An upgrade that has not completed by then is given up; the session goes on with polling.
  std::chrono::milliseconds upgrade_timeout{10'000};
  /// Largest message from a client, and largest body of a polling request, in bytes.
  std::size_t max_payload = 1'000'000;
  /// Bytes that may wait for a client to read them; one that reads slower is disconnected
  /// (`transport error`).
  std::size_t max_send_queue = 16U << 20U;
  /// Which transports are accepted.
  bool polling = true;
  bool websocket = true;
  /// Whether a polling session may upgrade.
  bool allow_upgrades = true;
  /// The cookie to set on a session's first response; none by default.
  std::optional<cookie_options> cookie;
  /// Cross-origin access; without it no CORS field is sent, and browsers refuse other origins.
  std::optional<cors_options> cors;
  /// Responses to polls that are at least so many bytes long are compressed if the client accepts
  /// it; nothing compresses none.
  std::optional<std::size_t> http_compression_threshold = 1024;
  /// Compression of WebSocket messages (permessage-deflate), for clients that offer it; off by
  /// default, as it costs time and memory.
  std::optional<websocket::deflate_options> per_message_deflate;
  /// A message sent to each client right after the handshake.
  std::optional<std::string> initial_packet;

  /// Decides about each handshake (not about a session's further requests), at once or later.
  detail::hook<void(const http_request&, allow_callback)> allow_request;
  /// May change the fields of the first response of a session.
  detail::hook<void(http_fields&, const http_request&)> initial_headers;
  /// May change the fields of every response, the 101 of WebSocket included.
  detail::hook<void(http_fields&, const http_request&)> headers;
  /// Told about each refused request.
  detail::hook<void(const http_request&, const connection_error&)> on_connection_error;

  options() = default;
};

/// Checks options. @throws std::invalid_argument for a value that cannot work, which says why
void check(const options& settings);

}  // namespace socketio::engineio
