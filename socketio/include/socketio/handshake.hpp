#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <socketio/arguments.hpp>
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
  /// The subject of the client's certificate (RFC 4514: `CN=Ada,O=Example`), if it has a valid one.
  [[nodiscard]] std::optional<std::string_view> client_subject() const {
    return request_.head().client_subject;
  }
  /// Whether the request names an origin, as browsers' cross-origin requests do.
  [[nodiscard]] bool xdomain() const { return headers().find("Origin").has_value(); }
  /// The client's option `auth`; an empty object if it is not set.
  [[nodiscard]] const json& auth() const;
  /// The member of that option with a name; nothing if it is missing, or does not convert to the
  /// type. So a middleware need not trust what clients send:
  /// `socket.handshake().auth<std::string>("token")`.
  template <class T>
  [[nodiscard]] std::optional<T> auth(std::string_view name) const {
    const auto& all = auth();
    if (!all.is_object()) return std::nullopt;
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : detail::read_argument<T>(json_view(*found));
  }
  /// When the client joined the namespace.
  [[nodiscard]] std::chrono::system_clock::time_point issued() const { return issued_; }
  /// issued() in JavaScript's format, in UTC: `Mon Nov 23 2026 09:00:00 GMT+0000`.
  [[nodiscard]] std::string time() const;

 private:
  stored_request request_;
  json auth_;  // null instead of an empty object, which would take memory
  std::chrono::system_clock::time_point issued_ = std::chrono::system_clock::now();
};

/// That of a handle that refers to no socket: everything in it is empty.
[[nodiscard]] const handshake& no_handshake();

}  // namespace socketio
