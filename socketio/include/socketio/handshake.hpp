#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>
#include <socketio/protocol/json.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace socketio {

/// What is known of a client from the moment it connected to a namespace. Immutable, hence
/// thread-safe.
class handshake {
 public:
  handshake(stored_request request, json auth);

  /// The fields of the request that opened the connection.
  [[nodiscard]] http_fields_view headers() const { return request_.head().headers; }
  /// Its query, decoded: what the client gave as `query`, and the protocol's own parameters.
  [[nodiscard]] query_parameters query() const { return query_parameters(request_.head().query()); }
  /// Its target, as sent.
  [[nodiscard]] std::string_view url() const { return request_.head().target; }
  /// The peer's IP address; of a proxy, if there is one.
  [[nodiscard]] std::string_view address() const { return request_.head().remote_address; }
  /// Whether the connection is TLS.
  [[nodiscard]] bool secure() const { return request_.head().secure; }
  /// Whether the request names an origin, as browsers do across origins.
  [[nodiscard]] bool xdomain() const { return headers().find("Origin").has_value(); }
  /// What the client gave as `auth`; an empty object if nothing.
  [[nodiscard]] const json& auth() const;
  /// When the namespace was joined.
  [[nodiscard]] std::chrono::system_clock::time_point issued() const { return issued_; }
  /// The same, as JavaScript writes dates, in UTC: `Mon Nov 23 2026 09:00:00 GMT+0000`.
  [[nodiscard]] std::string time() const;

 private:
  stored_request request_;
  json auth_;  // null for an empty object, which would take memory
  std::chrono::system_clock::time_point issued_ = std::chrono::system_clock::now();
};

}  // namespace socketio
