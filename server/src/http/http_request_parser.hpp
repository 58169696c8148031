#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio::detail {

/// Limits on a request's head (RFC 9112, sections 3 and 5).
struct http_limits {
  std::size_t max_header_size = std::size_t{16} * 1024;  ///< request line and all fields, bytes
  std::size_t max_header_count = 100;                    ///< fields, trailers included

  http_limits() = default;
};

/// An incremental parser of one HTTP/1.x request. It uses Beast's parser, but is stricter: it
/// refuses a request whose framing is ambiguous (RFC 9112, section 6.3). Any split of the bytes
/// gives the same verdict. It allocates nothing before the first byte. Not thread-safe.
class http_request_parser {
 public:
  explicit http_request_parser(const http_limits& limits);
  ~http_request_parser();
  http_request_parser(http_request_parser&&) noexcept;
  http_request_parser& operator=(http_request_parser&&) noexcept;

  /// Parses bytes and returns how many it took. It stops once at the end of the head, when
  /// head_complete() becomes true, then at the end of the request, and at an error; else it takes
  /// all bytes, and keeps an incomplete line.
  std::size_t put(std::string_view bytes);

  /// Whether no byte of a request has arrived (leading empty lines do not count).
  [[nodiscard]] bool idle() const;
  /// Whether the head is complete: then request() is valid except for its body.
  [[nodiscard]] bool head_complete() const;
  /// Whether the request is complete.
  [[nodiscard]] bool complete() const;
  /// The status that refuses the request, or 0: 400 malformed or ambiguous, 413 body above its
  /// limit, 431 head too large or too many fields, 505 version other than 1.0 and 1.1, 501 transfer
  /// coding other than chunked, 417 expectation other than 100-continue. After an error put() takes
  /// nothing, and the caller has to close the connection.
  [[nodiscard]] unsigned error_status() const;

  /// Sets the largest body in bytes (initially 0). Call it before the body begins. A declared
  /// length above it is an error at the next put().
  void set_body_limit(std::uint64_t bytes);
  /// Whether the client waits for `100 Continue` before it sends a body (RFC 9110, section 10.1.1).
  [[nodiscard]] bool expects_continue() const;
  /// Whether the connection may serve another request after this one (RFC 9112, section 9.3).
  [[nodiscard]] bool keep_alive() const;
  /// Whether the request declares a body.
  [[nodiscard]] bool has_body() const;

  /// The request. The parser appends bytes to its body as they arrive, and drops trailers. It
  /// reduces a target in absolute form (RFC 9112, section 3.2.2) to its path and query, and
  /// replaces Host by its authority. The caller sets `remote_address`, `secure`
  /// and `client_subject`.
  [[nodiscard]] http_request& request();

 private:
  class state;
  state& started();

  http_limits limits_;
  std::uint64_t body_limit_ = 0;
  std::unique_ptr<state> state_;  // null before the first byte
};

}  // namespace socketio::detail
