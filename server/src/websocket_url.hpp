#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace socketio::websocket {

/// A WebSocket URL (RFC 6455, section 3).
struct url {
  bool secure = false;       ///< `wss`
  std::string host;          ///< a name, or an address; that of IPv6 without its brackets
  std::uint16_t port = 0;    ///< the scheme's if the URL has none
  std::string target = "/";  ///< path and query, as written

  /// The value of `Host`: the port only if it is not the scheme's.
  [[nodiscard]] std::string authority() const;
};

/// Parses `ws://host[:port][/path][?query]` or the same with `wss`; nothing if it is malformed, has
/// user information, a fragment, or characters that have to be percent-encoded. An international
/// name has to be given in its ASCII form.
[[nodiscard]] std::optional<url> parse_url(std::string_view text);

}  // namespace socketio::websocket
