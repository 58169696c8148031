#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/detail/language.hpp>
#include <socketio/protocol/attached_objects.hpp>

namespace socketio {

/// A view of the fields of an HTTP message, in the order in which they arrived. Valid while their
/// owner, such as http_fields, lives and does not change them.
class http_fields_view {
 public:
  using field = std::pair<std::string_view, std::string_view>;
  class iterator;

  http_fields_view() = default;
  /// @param encoded the fields as http_fields stores them. Each is the size of its name, the size
  /// of its value, the name, the value. A size takes seven bits of a byte, the lowest first; the
  /// eighth is set in all bytes but the last.
  explicit http_fields_view(std::string_view encoded) : encoded_(encoded) {}

  /// The value of the first field of that name; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The value of the first field of that name, or an empty string.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;
  /// How many fields have that name.
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// Whether a comma-separated list field (RFC 9110, section 5.6.1) of that name has the token,
  /// without regard to case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

  /// How many fields there are; takes linear time.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return encoded_.empty(); }
  /// Name and value of the field at a position; takes linear time. @throws std::out_of_range
  [[nodiscard]] field at(std::size_t position) const;
  /// All fields, in their order.
  [[nodiscard]] iterator begin() const;
  [[nodiscard]] iterator end() const;

  [[nodiscard]] std::string_view encoded() const { return encoded_; }

 private:
  std::string_view encoded_;
};

/// Iterates over fields, pairs of name and value.
class http_fields_view::iterator {
 public:
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = field;
  using reference = field;

  iterator() = default;
  /// Starts at the first of the encoded fields; at the end if there is none.
  explicit iterator(std::string_view encoded) : left_(encoded) { read(); }

  field operator*() const { return field_; }
  iterator& operator++() {
    left_.remove_prefix(size_);
    read();
    return *this;
  }
  iterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const iterator& a, const iterator& b) {
    return a.left_.size() == b.left_.size();
  }

 private:
  void read();

  std::string_view left_;  // from this field to the end
  std::size_t size_ = 0;   // of this field, encoded
  field field_;
};

/// The fields of an HTTP message (RFC 9110, section 5) in the order in which they arrived.
///
/// Names compare without regard to case. All names and values share one block of memory, so that
/// most messages need one allocation for all their fields.
/// Not thread-safe; returned views are valid until the fields change.
class http_fields {
 public:
  using field = http_fields_view::field;

  http_fields() = default;
  http_fields(std::initializer_list<field> fields);
  /// Copies the fields of a view.
  http_fields(http_fields_view fields) : encoded_(fields.encoded()) {}

  /// Adds a field, even if there is one of that name already.
  void append(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value);
  /// Removes every field of that name.
  void erase(std::string_view name);

  /// The members below read, as those of http_fields_view do.
  operator http_fields_view() const { return view(); }
  [[nodiscard]] auto find(std::string_view name) const { return view().find(name); }
  [[nodiscard]] auto operator[](std::string_view name) const { return view()[name]; }
  [[nodiscard]] auto count(std::string_view name) const { return view().count(name); }
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const {
    return view().has_token(name, token);
  }
  [[nodiscard]] std::size_t size() const { return view().size(); }
  [[nodiscard]] bool empty() const { return encoded_.empty(); }
  [[nodiscard]] field at(std::size_t position) const { return view().at(position); }
  [[nodiscard]] auto begin() const { return view().begin(); }
  [[nodiscard]] auto end() const { return view().end(); }

 private:
  [[nodiscard]] http_fields_view view() const { return http_fields_view(encoded_); }

  std::string encoded_;
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
  /// The subject of the client's certificate (RFC 4514: `CN=Ada,O=Example`), if it has a valid one;
  /// see tls_options::client_authorities.
  std::optional<std::string> client_subject;
  attached_objects attached;  ///< by middlewares

  /// The target up to the query, as sent (not percent-decoded).
  [[nodiscard]] std::string_view path() const;
  /// The target's query without the question mark, as sent.
  [[nodiscard]] std::string_view query() const;
  /// The object of a type, for example the user, that a middleware has attached; null if there is
  /// none.
  template <class T>
  [[nodiscard]] std::shared_ptr<T> attachment() const {
    return attached.find<T>();
  }
};

/// A body that the host reads piece by piece while it sends it.
class body_source {
 public:
  virtual ~body_source() = default;
  body_source(const body_source&) = delete;
  body_source& operator=(const body_source&) = delete;

  /// The size of the whole body in bytes.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Reads the next bytes into the buffer, which is not empty, and returns their number. On 0, a
  /// failure, the host closes the connection.
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
  /// @param content_type empty for no such field
  http_response(unsigned code, std::string_view content_type, std::string content);
  /// Sends the client to another address, a path or a whole URL, percent-encoded (RFC 9110, section
  /// 15.4).
  /// @param code 302, or another of the redirections
  [[nodiscard]] static http_response redirect(std::string_view location, unsigned code = 302);
};

/// Parameters of a query string or of an `application/x-www-form-urlencoded` body, decoded.
class query_parameters {
 public:
  query_parameters() = default;
  /// Decodes `a=1&b=%20`: a plus sign is a space, malformed percent escapes stay as they are, and
  /// of a repeated name the last value wins.
  explicit query_parameters(std::string_view query);

  /// The value of a name; nothing if the query does not have it.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The value of a name, or an empty string.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;

  [[nodiscard]] auto begin() const { return parameters_.begin(); }
  [[nodiscard]] auto end() const { return parameters_.end(); }
  [[nodiscard]] std::size_t size() const { return parameters_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// One parameter of a query string, with the value that query_parameters gives it. Allocates memory
/// only if the query has escapes.
class query_parameter {
 public:
  /// @param query must outlive this object
  query_parameter(std::string_view query, std::string_view name);

  /// Whether the query has a parameter of that name.
  [[nodiscard]] explicit operator bool() const { return text_.has_value(); }
  /// Its value; empty if there is none.
  [[nodiscard]] std::string_view value() const {
    return decoded_.empty() ? text_.value_or(std::string_view{}) : decoded_;
  }

 private:
  std::optional<std::string_view> text_;  // as sent
  std::string decoded_;                   // empty if the query has no escapes
};

/// Encodes all but letters, digits, `-`, `.`, `_` and `~` as percent escapes (RFC 3986, section
/// 2.1): for a part of a path, or of a query.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// Decodes percent escapes; malformed ones stay as they are. Plus signs are left alone.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// Whether two header names or tokens are equal without regard to ASCII case.
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);

/// Whether the text is a token (RFC 9110, section 5.6.2): a method, or a field's name.
[[nodiscard]] bool is_token(std::string_view text);

/// The reason phrase of a status code, or "Unknown".
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace socketio
