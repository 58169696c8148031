#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>
#include <socketio/protocol/json.hpp>
#include <socketio/protocol/stored_request.hpp>

namespace socketio {

/// The data of a client when it connected to a namespace. Immutable, hence thread-safe.
class handshake {
 public:
  handshake(stored_request request, json auth);

  /// The fields of the request that opened the connection.
  [[nodiscard]] http_fields_view headers() const { return request_.head().headers; }
  /// Its query, decoded: the client's option `query`, and the protocol's own parameters.
  [[nodiscard]] query_parameters query() const { return query_parameters(request_.head().query()); }
  /// Its target, as sent.
  [[nodiscard]] std::string_view url() const { return request_.head().target; }
  /// The peer's IP address; if there is a proxy, the proxy's.
  [[nodiscard]] std::string_view address() const { return request_.head().remote_address; }
  /// Whether the connection is TLS.
  [[nodiscard]] bool secure() const { return request_.head().secure; }
  /// Whether the request names an origin, as browsers' cross-origin requests do.
  [[nodiscard]] bool xdomain() const { return headers().find("Origin").has_value(); }
  /// The client's option `auth`; an empty object if it is not set.
  [[nodiscard]] const json& auth() const;
  /// When the client joined the namespace.
  [[nodiscard]] std::chrono::system_clock::time_point issued() const { return issued_; }
  /// issued() in JavaScript's format, in UTC: `Mon Nov 23 2026 09:00:00 GMT+0000`.
  [[nodiscard]] std::string time() const;

 private:
  stored_request request_;
  json auth_;  // null instead of an empty object, which would take memory
  std::chrono::system_clock::time_point issued_ = std::chrono::system_clock::now();
};

}  // namespace socketio
