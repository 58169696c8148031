#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// Limits on a request's head (RFC 9112, sections 3 and 5).
struct http_limits {
  std::size_t max_header_size = 16 * 1024;  ///< request line and all fields, bytes
  std::size_t max_header_count = 100;       ///< fields, trailers included

  http_limits() = default;
};

/// An incremental parser of one HTTP/1.x request, on Beast's parser, which is stricter where Beast
/// is lenient: framing has to be unambiguous (RFC 9112, section 6.3), or the request is refused.
/// The verdict does not depend on how the bytes are split. Costs no memory of its own before the
/// first byte. Not thread-safe.
class http_request_parser {
 public:
  explicit http_request_parser(const http_limits& limits);
  ~http_request_parser();
  http_request_parser(http_request_parser&&) noexcept;
  http_request_parser& operator=(http_request_parser&&) noexcept;

  /// Consumes from `bytes` and returns how many bytes it took. It stops at the end of the head
  /// (once: head_complete() has just become true), at the end of the request, and at an error; else
  /// it takes everything, keeping an incomplete line itself.
  std::size_t put(std::string_view bytes);

  /// Whether no byte of a request has been seen yet (leading empty lines do not count).
  [[nodiscard]] bool idle() const;
  /// Whether the head is complete: request() is valid but for its body.
  [[nodiscard]] bool head_complete() const;
  /// Whether the request is complete.
  [[nodiscard]] bool complete() const;
  /// The status to refuse the request with, 0 while there is none: 400 malformed or ambiguous, 413
  /// body above its limit, 431 head too large or too many fields, 505 version other than 1.0 and
  /// 1.1, 501 for a transfer coding other than chunked, 417 for an expectation other than
  /// 100-continue. After an error nothing more is consumed and the connection has to be closed.
  [[nodiscard]] unsigned error_status() const;

  /// Sets the largest body in bytes; may be called until the body has begun, 0 at first. A
  /// declared length above it is an error at the next put().
  void set_body_limit(std::uint64_t bytes);
  /// Whether the client waits for `100 Continue` (RFC 9110, section 10.1.1) before it sends a body.
  [[nodiscard]] bool expects_continue() const;
  /// Whether the connection may serve another request after this one (RFC 9112, section 9.3).
  [[nodiscard]] bool keep_alive() const;
  /// Whether the request declares a body.
  [[nodiscard]] bool has_body() const;

  /// The request; body bytes are appended to its body as they arrive, trailers are dropped. A
  /// target in absolute form (RFC 9112, section 3.2.2) is reduced to its path and query, and its
  /// authority replaces Host. `remote_address` and `secure` are the caller's to set.
  [[nodiscard]] http_request& request();

 private:
  class state;
  state& started();

  http_limits limits_;
  std::uint64_t body_limit_ = 0;
  std::unique_ptr<state> state_;  // none before the first byte
};

/// Serialises a response in one string.
///
/// Adds `Content-Length` (never with 1xx, 204 and 304), `Date`, and `Connection: close` or, to an
/// HTTP/1.0 client that asked for it, `Connection: keep-alive`. A `Date` or `Connection` of the
/// response's own is kept, with `close` added to the latter where it is due; its `Content-Length`
/// and `Transfer-Encoding` are not. To a 1xx response nothing is added. Fields whose name is not a
/// token or whose value has a control character are left out, so that no value can inject a field.
/// @param version the request's: 10 or 11
/// @param head whether the request was HEAD: the length is that of the body, which is not sent.
[[nodiscard]] std::string serialize_response(const http_response& response, unsigned version,
                                             bool keep_alive, bool head);

/// Whether a response with that status may have a body (RFC 9110, section 6.4.1).
[[nodiscard]] bool may_have_body(unsigned status);

/// A date as HTTP writes it (IMF-fixdate, RFC 9110, section 5.6.7).
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace socketio
