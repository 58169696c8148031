#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/engineio/cors.hpp>
#include <socketio/server.hpp>

/// The origin of a server, as browsers write it.
[[nodiscard]] std::string origin_of(bool secure, std::string_view host, std::uint16_t port);

/// Two origins at which browsers find the demo.
struct origin_pair {
  std::string main;
  std::string cross;  ///< its pages may use `main` only as far as CORS allows it
};

/// The pairs of origins that the demo knows. Add them before the server runs; after that any thread
/// may read them.
class demo_origins {
 public:
  void add(origin_pair pair) { pairs_.push_back(std::move(pair)); }
  /// Adds the pairs of a server that listens on two ports.
  /// @param host what it listens on; empty for every address: then the names of this machine count
  void add_ports(bool secure, std::string_view host, std::uint16_t main, std::uint16_t cross);

  [[nodiscard]] const std::vector<origin_pair>& pairs() const { return pairs_; }
  /// Whether it is the second origin of a pair.
  [[nodiscard]] bool is_cross_origin(std::string_view origin) const;
  /// The CORS options that allow those origins and no others. They refer to this object.
  [[nodiscard]] socketio::cors_options cors() const;

 private:
  std::vector<origin_pair> pairs_;
};

/// The origin that alone may use `/private/upload` from outside: nobody's.
inline constexpr std::string_view partner_origin = "https://partner.example";

/// Whether a request does not come from a page of another origin (Fetch standard, "Origin header").
[[nodiscard]] bool is_same_origin(const socketio::http_request& request);

/// Says which origins may use `/upload` and `/private/upload`, and adds `/cross-origin.json`, which
/// any may read: `pairs`, a list of {main, cross}, and for `?path=/private/upload` the policy of
/// that path in words.
/// @param origins has to outlive the server
void add_cross_origin(socketio::server& io, const demo_origins& origins);
