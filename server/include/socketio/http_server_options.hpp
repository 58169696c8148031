#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <socketio/detail/language.hpp>

namespace socketio {

/// Options of an HTTP server.
struct http_server_options {
  /// The number of threads, 1 to 256. Each connection lives on one of them.
  std::size_t threads = 1;
  /// Largest number of open connections, of all clients and of one address: further ones get status
  /// 503, with Retry-After, or are closed if they want TLS. By default the system's limit of
  /// descriptors is the only one, and many clients may come through one proxy.
  std::optional<std::size_t> max_connections;
  std::optional<std::size_t> max_connections_per_address;
  /// Largest head of a request in bytes, and largest number of its fields.
  std::size_t max_header_size = std::size_t{16} * 1024;
  std::size_t max_header_count = 100;
  /// Largest body of a request in bytes, unless its route has its own limit.
  std::uint64_t max_body_size = 1'000'000;
  /// How long a client may take to send a request's head and its body, and to read more of the
  /// response.
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds write_timeout{30'000};
  /// How long a connection may stay open between requests.
  std::chrono::milliseconds keep_alive_timeout{65'000};
  /// How long close() waits until the connections have ended.
  std::chrono::milliseconds close_timeout{5'000};

  http_server_options() = default;
};

}  // namespace socketio
