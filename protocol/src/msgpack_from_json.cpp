#include "msgpack_from_json.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "msgpack_writer.hpp"
#include "parse_double.hpp"
#include "text.hpp"

namespace socketio::detail {
namespace {

// More than what the application emits as values may have: max_json_depth for each argument.
constexpr std::size_t max_depth = 2 * max_json_depth;

constexpr std::uint32_t replacement_character = 0xFFFD;

void append_utf8(std::string& output, std::uint32_t code_point) {
  const auto continuation = [&](unsigned shift) {
    output.push_back(static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU)));
  };
  if (code_point < 0x80) {
    output.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    output.push_back(static_cast<char>(0xC0U | (code_point >> 6U)));
    continuation(0);
  } else if (code_point < 0x10000) {
    output.push_back(static_cast<char>(0xE0U | (code_point >> 12U)));
    continuation(6);
    continuation(0);
  } else {
    output.push_back(static_cast<char>(0xF0U | (code_point >> 18U)));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

// Writes JSON as MessagePack while it reads it. Almost every text comes from this library: what is
// no JSON has to be harmless, but not every fault is found.
class transcoder {
 public:
  transcoder(std::string& output, const encoded_arguments& values)
      : writer_(output), rest_(values.json), attachments_(values.attachments) {}

  bool transcode() {
    if (!value(1)) return false;
    skip_white_space();
    return rest_.empty();
  }

 private:
  bool value(std::size_t depth) {
    skip_white_space();
    if (rest_.empty() || depth > max_depth) return false;
    switch (rest_.front()) {
      case '"':
        if (!string()) return false;
        writer_.string(string_);
        return true;
      case '[':
        return array(depth);
      case '{':
        return attachment() || object(depth);
      case 't':
        writer_.boolean(true);
        return take("true");
      case 'f':
        writer_.boolean(false);
        return take("false");
      case 'n':
        writer_.nil();
        return take("null");
      default:
        return number();
    }
  }

  bool array(std::size_t depth) {
    rest_.remove_prefix(1);
    const auto place = writer_.begin();
    std::size_t size = 0;
    if (!take_after_space(']')) {
      do {
        if (!value(depth + 1)) return false;
        ++size;
      } while (take_after_space(','));
      if (!take_after_space(']')) return false;
    }
    writer_.end_array(place, size);
    return true;
  }

  bool object(std::size_t depth) {
    rest_.remove_prefix(1);
    const auto place = writer_.begin();
    std::size_t size = 0;
    if (!take_after_space('}')) {
      do {
        skip_white_space();
        if (!string()) return false;
        writer_.string(string_);
        if (!take_after_space(':') || !value(depth + 1)) return false;
        ++size;
      } while (take_after_space(','));
      if (!take_after_space('}')) return false;
    }
    writer_.end_map(place, size);
    return true;
  }

  // Takes a placeholder as append_placeholder() writes it.
  bool attachment() {
    constexpr std::string_view begin = R"({"_placeholder":true,"num":)";
    if (attachments_.empty() || !rest_.starts_with(begin)) return false;
    std::size_t index = 0;
    const auto* last = rest_.data() + rest_.size();
    const auto [end, error] = std::from_chars(rest_.data() + begin.size(), last, index);
    if (error != std::errc{} || end == last || *end != '}' || index >= attachments_.size()) {
      return false;
    }
    writer_.binary(attachments_[index].characters());
    rest_.remove_prefix(static_cast<std::size_t>(end + 1 - rest_.data()));
    return true;
  }

  bool number() {
    const auto token = rest_.substr(0, rest_.find_first_not_of("+-.0123456789Ee"));
    rest_.remove_prefix(token.size());
    const auto* end = token.data() + token.size();
    const auto is_whole = [end](const std::from_chars_result& result) {
      return result.ec == std::errc{} && result.ptr == end;
    };
    if (std::int64_t value = 0; is_whole(std::from_chars(token.data(), end, value))) {
      writer_.integer(value);
      return true;
    }
    if (std::uint64_t value = 0; is_whole(std::from_chars(token.data(), end, value))) {
      writer_.integer(value);
      return true;
    }
    double value = 0;
    if (parse_double(token, value).ptr != end || token.empty()) return false;
    writer_.number(value);
    return true;
  }

  // Reads a string into string_.
  bool string() {
    if (!take("\"")) return false;
    const auto text = rest_.substr(0, rest_.find('"'));
    if (text.size() == rest_.size()) return false;
    if (text.find('\\') != std::string_view::npos) return escaped_string();
    string_ = text;
    rest_.remove_prefix(text.size() + 1);
    return true;
  }

  bool escaped_string() {
    unescaped_.clear();
    while (true) {
      const auto plain = rest_.substr(0, rest_.find_first_of("\"\\"));
      unescaped_.append(plain);
      rest_.remove_prefix(plain.size());
      if (take("\"")) break;
      if (!escape()) return false;
    }
    string_ = unescaped_;
    return true;
  }

  bool escape() {
    if (rest_.size() < 2) return false;
    const char c = rest_[1];
    if (c == 'u') return escaped_code_point();
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view characters = "\"\\/\b\f\n\r\t";
    const auto which = names.find(c);
    if (which == std::string_view::npos) return false;
    unescaped_.push_back(characters[which]);
    rest_.remove_prefix(2);
    return true;
  }

  bool escaped_code_point() {
    const auto unit = escaped_unit();
    if (!unit) return false;
    auto code_point = *unit;
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
      const auto after = rest_;
      const auto low = code_point <= 0xDBFF ? escaped_unit() : std::nullopt;
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
        code_point = 0x10000 + ((code_point - 0xD800) << 10U) + (*low - 0xDC00);
      } else {
        code_point = replacement_character;
        rest_ = after;
      }
    }
    append_utf8(unescaped_, code_point);
    return true;
  }

  // Takes a \uXXXX, and returns its UTF-16 code unit.
  std::optional<std::uint32_t> escaped_unit() {
    constexpr std::size_t size = 6;
    if (rest_.size() < size || !rest_.starts_with("\\u")) return std::nullopt;
    std::uint32_t unit = 0;
    const auto* last = rest_.data() + size;
    const auto [end, error] = std::from_chars(rest_.data() + 2, last, unit, 16);
    if (error != std::errc{} || end != last) return std::nullopt;
    rest_.remove_prefix(size);
    return unit;
  }

  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool take_after_space(char expected) {
    skip_white_space();
    return take({&expected, 1});
  }

  void skip_white_space() {
    // Only a raw_json has any.
    if (rest_.empty() || rest_.front() > ' ') return;
    rest_.remove_prefix(std::min(rest_.find_first_not_of(json_white_space), rest_.size()));
  }

  msgpack_writer writer_;
  std::string_view rest_;
  const std::vector<shared_bytes>& attachments_;
  std::string_view string_;
  std::string unescaped_;
};

}  // namespace

bool append_msgpack(std::string& output, const encoded_arguments& values) {
  return transcoder(output, values).transcode();
}

}  // namespace socketio::detail
