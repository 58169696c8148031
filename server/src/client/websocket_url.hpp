#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace socketio::websocket::detail {

/// A WebSocket URL (RFC 6455, section 3).
struct url {
  bool secure = false;       ///< `wss`
  std::string host;          ///< a name or an address; IPv6 without brackets
  std::uint16_t port = 0;    ///< the scheme's default if the URL has none
  std::string target = "/";  ///< path and query, as written

  /// The value of `Host`; with the port unless it is the scheme's default.
  [[nodiscard]] std::string authority() const;
};

/// Parses `ws://host[:port][/path][?query]` or the same with `wss`; nothing if it is malformed, or
/// has user information, a fragment, or characters that need percent-encoding. International names
/// have to be in their ASCII form.
[[nodiscard]] std::optional<url> parse_url(std::string_view text);

}  // namespace socketio::websocket::detail
