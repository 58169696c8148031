#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace socketio {

/// The fields of an HTTP message (RFC 9110, section 5) in the order in which they came.
///
/// Names compare without regard to case. All names and values live in one block of memory, so that
/// the handshake of an idle client costs one allocation and not one for each field.
/// Not thread-safe; views returned are valid until the fields are changed.
class http_fields {
 public:
  http_fields() = default;
  http_fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  /// Adds a field, even if the name is there already.
  void append(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value);
  /// Removes every field of that name.
  void erase(std::string_view name);

  /// The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The value of the first field of that name, or an empty string.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;
  /// How many fields have that name.
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// Whether a comma-separated list field (RFC 9110, section 5.6.1) of that name has the token,
  /// without regard to case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

  /// How many fields there are.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// Name and value of the field at a position below size().
  [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t position) const;

 private:
  struct entry {
    std::uint32_t name_offset;
    std::uint32_t name_size;
    std::uint32_t value_size;  // the value follows the name
  };

  std::string block_;
  std::vector<entry> entries_;
};

/// A request as the application, the engine and the routes see it.
struct http_request {
  std::string method;          ///< as sent: methods are case-sensitive
  std::string target;          ///< request target as sent, for example `/socket.io/?EIO=4`
  unsigned version = 11;       ///< 10 or 11
  http_fields headers;         ///< as sent
  std::string body;            ///< decoded from the transfer coding
  std::string remote_address;  ///< the peer's IP address; empty on a Unix domain socket
  bool secure = false;         ///< whether the connection is TLS

  /// The target up to the query, as sent (not percent-decoded).
  [[nodiscard]] std::string_view path() const;
  /// The target's query without the question mark, as sent.
  [[nodiscard]] std::string_view query() const;
};

/// A body that is read piece by piece while it is sent.
class body_source {
 public:
  virtual ~body_source() = default;
  body_source(const body_source&) = delete;
  body_source& operator=(const body_source&) = delete;

  /// How many bytes there are in all.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Reads the next bytes into the buffer, which is not empty, and returns how many; 0 if that
  /// fails, which ends the connection.
  [[nodiscard]] virtual std::size_t read(std::span<char> buffer) = 0;

 protected:
  body_source() = default;
};

/// A response. The host adds `Content-Length`, `Connection` and `Date`.
struct http_response {
  unsigned status = 200;
  http_fields headers;
  std::string body;
  std::unique_ptr<body_source> source;  ///< instead of `body`, if set

  http_response() = default;
  explicit http_response(unsigned code) : status(code) {}
  http_response(unsigned code, std::string_view content_type, std::string content);
};

/// Parameters of a query string or of an `application/x-www-form-urlencoded` body, decoded.
class query_parameters {
 public:
  query_parameters() = default;
  /// Decodes `a=1&b=%20`: a plus sign is a space, malformed percent escapes stay as they are, and
  /// of a repeated name the last value wins.
  explicit query_parameters(std::string_view query);

  /// The value of a name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The value of a name, or an empty string.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;

  [[nodiscard]] auto begin() const { return parameters_.begin(); }
  [[nodiscard]] auto end() const { return parameters_.end(); }
  [[nodiscard]] std::size_t size() const { return parameters_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Decodes percent escapes; malformed ones stay as they are. Plus signs are left alone.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// Whether two header names or tokens are equal without regard to ASCII case.
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);

/// Whether the text is a token (RFC 9110, section 5.6.2): a method, or a field's name.
[[nodiscard]] bool is_token(std::string_view text);

/// The reason phrase of a status code, or "Unknown".
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace socketio
