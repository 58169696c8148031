#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// A view of a request's head. Valid while its owner, such as a stored_request, lives.
struct http_request_head {
  std::string_view method;
  std::string_view target;
  unsigned version = 11;  ///< 10 or 11
  http_fields_view headers;
  std::string_view remote_address;
  bool secure = false;
  std::optional<std::string_view> client_subject;

  /// The target up to the query, as sent (not percent-decoded).
  [[nodiscard]] std::string_view path() const;
  /// The target's query without the question mark, as sent.
  [[nodiscard]] std::string_view query() const;
};

/// A request without its body, for as long as a client is connected. It lives in one block of
/// memory of exactly its size, which copies share. Immutable, hence thread-safe.
class stored_request {
 public:
  /// @param label a text to keep beside the request
  explicit stored_request(const http_request& request, std::string_view label = {});

  [[nodiscard]] http_request_head head() const;
  [[nodiscard]] std::string_view label() const;

 private:
  // A byte of flags; then the label and the client's subject, if there are such, method, target,
  // address and fields (http_fields_view::encoded()), each after its size.
  std::shared_ptr<const char[]> block_;
};

}  // namespace socketio
