#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <socketio/tls.hpp>

namespace socketio {

/// Where to listen.
struct listen_options {
  /// The host's name or address; empty for all addresses of IPv4 and IPv6.
  std::string host;
  /// The TCP port; 0 for any free one.
  std::uint16_t port = 0;
  /// A Unix domain socket instead, if not empty. Replaces a socket file on which nobody listens.
  std::filesystem::path unix_socket;
  /// TLS, if set.
  std::optional<tls_options> tls;

  listen_options() = default;
};

}  // namespace socketio
