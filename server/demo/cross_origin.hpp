#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <socketio/engineio/cors.hpp>
#include <socketio/server.hpp>

/// The two ports of the demo. A page from the second one is of another origin than the server on
/// the first, so that it may use it only as far as CORS allows. Any thread.
class demo_ports {
 public:
  /// @param secure whether both speak TLS
  explicit demo_ports(bool secure) : secure_(secure) {}

  /// Sets the ports, once both are known; before that no origin is allowed.
  void set(std::uint16_t main_port, std::uint16_t cross_port);
  [[nodiscard]] std::uint16_t main_port() const { return main_port_; }
  [[nodiscard]] std::uint16_t cross_port() const { return cross_port_; }
  /// Whether an origin is the second port of this machine: `localhost`, `127.0.0.1` or `[::1]`.
  [[nodiscard]] bool is_cross_origin(std::string_view origin) const;
  /// The CORS options that allow that origin and no other. They refer to this object.
  [[nodiscard]] socketio::cors_options cors() const;

 private:
  bool secure_;
  std::atomic<std::uint16_t> main_port_ = 0;
  std::atomic<std::uint16_t> cross_port_ = 0;
};

/// The origin that alone may use `/private/upload` from outside: nobody's.
inline constexpr std::string_view partner_origin = "https://partner.example";

/// Whether a request does not come from a page of another origin (Fetch standard, "Origin header").
[[nodiscard]] bool is_same_origin(const socketio::http_request& request);

/// Says which origins may use `/upload` and `/private/upload`, and adds `/cross-origin.json`, which
/// any may read: the ports and, for `?path=/private/upload`, the policy of that path in words.
/// @param ports has to outlive the server
void add_cross_origin(socketio::server& io, const demo_ports& ports);
