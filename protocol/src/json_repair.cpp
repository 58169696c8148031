#include "json_repair.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include <socketio/protocol/json_writer.hpp>

#include "parse_double.hpp"
#include "text.hpp"

namespace socketio::detail {
namespace {

constexpr std::string_view substitute_character = "\xEF\xBF\xBD";

class repairer {
 public:
  explicit repairer(std::string_view text) : text_(text) { output_.reserve(text.size()); }

  std::string repair() {
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '"') {
        string();
      } else if (detail::is_digit(c) || c == '-') {
        number();
      } else {
        output_.push_back(c);
        ++position_;
      }
    }
    return std::move(output_);
  }

 private:
  void string() {
    output_.push_back(text_[position_++]);
    while (position_ < text_.size() && text_[position_] != '"') {
      if (text_[position_] != '\\') {
        output_.push_back(text_[position_++]);
      } else if (const auto high = escaped_unit(position_); !high) {
        copy(2);
      } else if (*high < 0xD800 || *high > 0xDFFF) {
        copy(6);
      } else if (const auto low = escaped_unit(position_ + 6);
                 *high <= 0xDBFF && low && *low >= 0xDC00 && *low <= 0xDFFF) {
        copy(12);
      } else {
        output_.append(substitute_character);
        position_ += 6;
      }
    }
    copy(1);
  }

  void number() {
    const auto end = std::find_if(
        text_.begin() + static_cast<std::ptrdiff_t>(position_), text_.end(), [](char c) {
          return !detail::is_digit(c) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E';
        });
    const auto token =
        text_.substr(position_, static_cast<std::size_t>(end - text_.begin()) - position_);
    position_ += token.size();
    double value = 0;
    const auto [rest, error] = detail::parse_double(token, value);
    if (!is_json_number(token) || rest != token.data() + token.size()) {
      output_.append(token);
    } else if (error == std::errc::result_out_of_range) {
      output_.append(std::isinf(value) ? "null" : "0");
    } else if (fits_64_bits(token)) {
      output_.append(token);
    } else {
      append_json_number(output_, value);
      // Keeps an integer beyond 64 bits a double.
      if (std::abs(value) < 1e21) output_.append(".0");
    }
  }

  void copy(std::size_t count) {
    output_.append(text_.substr(position_, count));
    position_ = std::min(position_ + count, text_.size());
  }

  // The UTF-16 code unit of a \uXXXX at a position.
  [[nodiscard]] std::optional<unsigned> escaped_unit(std::size_t at) const {
    if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return std::nullopt;
    unsigned unit = 0;
    const char* first = text_.data() + at + 2;
    const auto [rest, error] = std::from_chars(first, first + 4, unit, 16);
    if (error != std::errc{} || rest != first + 4) return std::nullopt;
    return unit;
  }

  static bool is_json_number(std::string_view token) {
    std::size_t i = 0;
    const auto digits = [&] {
      const auto first = i;
      while (i < token.size() && detail::is_digit(token[i])) ++i;
      return i - first;
    };
    if (i < token.size() && token[i] == '-') ++i;
    const auto first = i;
    if (const auto count = digits(); count == 0 || (count > 1 && token[first] == '0')) return false;
    if (i < token.size() && token[i] == '.') {
      ++i;
      if (digits() == 0) return false;
    }
    if (i < token.size() && (token[i] == 'e' || token[i] == 'E')) {
      ++i;
      if (i < token.size() && (token[i] == '-' || token[i] == '+')) ++i;
      if (digits() == 0) return false;
    }
    return i == token.size();
  }

  static bool fits_64_bits(std::string_view token) {
    if (token.find_first_of(".eE") != std::string_view::npos) return true;
    std::uint64_t magnitude = 0;
    std::int64_t value = 0;
    const auto* end = token.data() + token.size();
    return std::from_chars(token.data(), end, value).ec == std::errc{} ||
           (token.front() != '-' &&
            std::from_chars(token.data(), end, magnitude).ec == std::errc{});
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::string output_;
};

}  // namespace

std::string repair_json(std::string_view text) {
  return repairer(text).repair();
}

}  // namespace socketio::detail
