#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "msgpack_reader.hpp"

namespace socketio::detail {

/// Writes values of MessagePack as JSON with placeholders for bytes. The text has at most eight
/// times as many bytes as the message, and 64 more for each attachment.
///
/// What JSON does not have becomes what `JSON.stringify` makes of it: a date its text, `undefined`
/// null, a member that is undefined nothing, NaN and infinities null. Another extension becomes an
/// array of its type and its bytes, as notepack.io reads it.
class msgpack_to_json {
 public:
  /// The place of bytes in the message.
  struct part {
    std::size_t first = 0;
    std::size_t size = 0;
  };

  /// @param max_attachments of all values together
  msgpack_to_json(std::string_view message, std::size_t max_attachments)
      : message_(message), reader_(message), max_attachments_(max_attachments) {}

  /// Where the values come from, to read also others than those that are written.
  [[nodiscard]] msgpack_reader& reader() { return reader_; }

  /// Appends a value that the reader has given, and for an array or a map those in it.
  /// @return false if one is incomplete or invalid, or beyond a limit: error() says what
  [[nodiscard]] bool append(std::string& text, const msgpack_value& value) {
    return append_value(text, value, 0);
  }
  [[nodiscard]] std::string_view error() const { return error_; }

  /// The bytes of the placeholders.
  [[nodiscard]] const std::vector<part>& attachments() const { return attachments_; }
  /// Forgets all but the first ones, whose placeholders are of no use.
  void forget_attachments(std::size_t kept) { attachments_.resize(kept); }

  /// Whether an object may have been written that looks like a placeholder.
  [[nodiscard]] bool has_other_placeholders() const { return has_other_placeholders_; }
  /// Starts again. The whole numbers of all keys `num` get a fraction, as in 0.0, so that no such
  /// object names an attachment.
  void restart_with_marks() {
    reader_ = msgpack_reader(message_);
    attachments_.clear();
    marks_ = true;
  }

 private:
  bool append_value(std::string& text, const msgpack_value& value, std::size_t depth);
  bool append_array(std::string& text, std::size_t size, std::size_t depth);
  bool append_map(std::string& text, std::size_t size, std::size_t depth);
  bool append_member(std::string& text, std::size_t depth);
  bool append_key(std::string& text, const msgpack_value& key);
  bool append_bytes(std::string& text, std::string_view bytes, std::size_t depth);
  bool append_extension(std::string& text, const msgpack_value& value, std::size_t depth);
  bool check_depth(std::size_t depth);
  bool fail(std::string_view why) {
    error_ = why;
    return false;
  }

  std::string_view message_;
  msgpack_reader reader_;
  std::size_t max_attachments_;
  std::vector<part> attachments_;
  std::string_view error_;
  bool has_other_placeholders_ = false;
  bool marks_ = false;
};

}  // namespace socketio::detail
