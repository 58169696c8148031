#pragma once

#include <memory>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// The head of a request where it is kept by somebody else. Valid as long as that is.
struct http_request_head {
  std::string_view method;
  std::string_view target;
  unsigned version = 11;  ///< 10 or 11
  http_fields_view headers;
  std::string_view remote_address;
  bool secure = false;

  /// The target up to the query, as sent (not percent-decoded).
  [[nodiscard]] std::string_view path() const;
  /// The target's query without the question mark, as sent.
  [[nodiscard]] std::string_view query() const;
};

/// A request without its body, kept as long as a client is connected: exactly in one block of
/// memory, which copies share. Immutable, hence thread-safe.
class stored_request {
 public:
  explicit stored_request(const http_request& request);

  [[nodiscard]] http_request_head head() const;

 private:
  // A byte of flags; method, target and address, each after its size; the size of the fields, and
  // the fields as http_fields_view has them.
  std::shared_ptr<const char[]> block_;
};

}  // namespace socketio
