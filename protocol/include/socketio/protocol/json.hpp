#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/detail/language.hpp>
#include <socketio/protocol/json_serializer.hpp>
#include <socketio/protocol/shared_bytes.hpp>

namespace socketio {

/// Deepest nesting of arrays and objects that is accepted in a packet, the array of the event's
/// arguments included.
inline constexpr std::size_t max_json_depth = 128;

/// What a json_view refers to.
enum class json_type : std::uint8_t {
  null,
  boolean,
  integer,           ///< fits std::int64_t
  unsigned_integer,  ///< fits std::uint64_t only
  floating,
  string,
  array,
  object,
  binary
};

/// A value within a parsed packet or a json, read without building anything. Cheap to copy.
///
/// Valid as long as what it looks into: a parsed packet until its handlers return, a json until it
/// is changed. Not thread-safe.
class json_view {
 public:
  /// Looks at null.
  json_view() = default;
  /// Looks into a value, which has to outlive the view.
  explicit json_view(const json& value) : source_(&value), position_(whole_value) {}

  [[nodiscard]] json_type type() const;
  [[nodiscard]] bool is_null() const { return type() == json_type::null; }

  /// The value if it is a boolean.
  [[nodiscard]] std::optional<bool> boolean() const;
  /// The value if it is a number that std::int64_t holds exactly (`1.0` is one).
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  /// The value if it is a number that std::uint64_t holds exactly.
  [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const;
  /// The value if it is a number.
  [[nodiscard]] std::optional<double> number() const;
  /// The value if it is a string, in UTF-8.
  [[nodiscard]] std::optional<std::string_view> string() const;
  /// The bytes if the value is binary.
  [[nodiscard]] std::optional<std::span<const std::byte>> binary() const;
  /// The same, to keep: those of a packet without a copy.
  [[nodiscard]] std::optional<shared_bytes> shared_binary() const;
  /// Replaces `views` by the elements if the value is an array, else by nothing.
  void elements(std::vector<json_view>& views) const;
  /// Replaces `views` by keys and values if the value is an object, else by nothing. A repeated key
  /// is there each time.
  void members(std::vector<std::pair<std::string_view, json_view>>& views) const;

  /// Builds the value. Of a repeated key the last value is taken, at the place of the first.
  [[nodiscard]] json to_json() const;

 private:
  friend class json_document;

  static constexpr std::uint64_t whole_value = ~std::uint64_t{0};

  [[nodiscard]] const shared_bytes* attachment() const;

  json_view(const void* document, std::uint64_t position,
            const std::vector<shared_bytes>* attachments)
      : source_(document), position_(position), attachments_(attachments) {}

  [[nodiscard]] const json* value() const {
    return position_ == whole_value ? static_cast<const json*>(source_) : nullptr;
  }

  const void* source_ = nullptr;  // a json, a simdjson document, or null
  std::uint64_t position_ = 0;    // within the document; whole_value for a json
  const std::vector<shared_bytes>* attachments_ = nullptr;
};

/// What becomes of an object that looks like a placeholder, and whose `num` is not the index of an
/// attachment, for example `0.0`.
enum class other_placeholders : std::uint8_t {
  refused,  ///< it is an error
  kept      ///< it is an object like others
};

/// How much the placeholders of a text may stand for. One attachment may be named repeatedly, but
/// not multiplied without bound.
struct placeholder_limits {
  std::size_t count = std::numeric_limits<std::size_t>::max();  ///< most placeholders
  std::size_t bytes = std::numeric_limits<std::size_t>::max();  ///< of all of them together
  other_placeholders others = other_placeholders::refused;

  placeholder_limits() = default;
};

/// A parser of JSON texts that keeps the memory of the last one: one of them serves a whole thread.
///
/// Accepts exactly what `JSON.parse` accepts, up to max_json_depth, and reads it with these rules:
/// integers of up to 64 bits are exact, longer ones become the nearest double; a number beyond a
/// double's range is null (so that it is sent on as JavaScript does); an escaped lone surrogate
/// becomes U+FFFD; the text has to be valid UTF-8. Not thread-safe.
class json_document {
 public:
  json_document();
  ~json_document();
  json_document(json_document&&) noexcept;
  json_document& operator=(json_document&&) noexcept;

  /// Parses a text. On success root() and the views taken from it are valid until the next call.
  [[nodiscard]] bool parse(std::string_view text);

  /// The value parsed last.
  [[nodiscard]] json_view root() const;

  /// Makes every `{"_placeholder":true,"num":i}` below root() stand for attachment i.
  /// @param attachments have to outlive the views.
  /// @return false if a limit is exceeded, or an index refused.
  [[nodiscard]] bool bind_attachments(const std::vector<shared_bytes>& attachments,
                                      placeholder_limits limits = {});

 private:
  struct state;
  std::unique_ptr<state> state_;
  const std::vector<shared_bytes>* attachments_ = nullptr;
};

/// The text of an element of a JSON array, as it is written there; empty beyond the last. The array
/// has to be valid JSON, for example what a json_document has parsed.
[[nodiscard]] std::string_view json_array_element(std::string_view array, std::size_t position);

}  // namespace socketio
