#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <socketio/protocol/json_writer.hpp>
#include <socketio/protocol/utf8.hpp>

namespace socketio {
namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

// Whether a text is ASCII with nothing to escape, as most texts are. The inner loop has no early
// exit, so that compilers vectorise it.
bool is_plain_ascii(std::string_view text) {
  constexpr std::size_t block_size = 32;
  const auto is_odd = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
  };
  for (; text.size() >= block_size; text.remove_prefix(block_size)) {
    unsigned char odd = 0;
    for (std::size_t i = 0; i < block_size; ++i) {
      odd = static_cast<unsigned char>(odd | static_cast<unsigned char>(is_odd(text[i])));
    }
    if (odd != 0) return false;
  }
  return std::none_of(text.begin(), text.end(), is_odd);
}

// The next character that has to be escaped; looks at eight at a time.
std::string_view::iterator skip_plain(std::string_view text, std::string_view::iterator at) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  while (text.end() - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, &*at, sizeof(word));
    const auto quotes = word ^ (ones * '"');
    const auto backslashes = word ^ (ones * '\\');
    const auto below = (word - ones * 0x20) | (quotes - ones) | (backslashes - ones);
    // This also finds some bytes with the high bit set; the loop below tells them apart.
    if ((below & ~word & high_bits) != 0) break;
    at += 8;
  }
  return std::find_if_not(at, text.end(), is_plain);
}

void append_escaped(std::string& output, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto clean = text.begin();
  for (auto at = skip_plain(text, text.begin()); at != text.end(); at = skip_plain(text, at + 1)) {
    const auto c = static_cast<unsigned char>(*at);
    output.append(clean, at);
    clean = at + 1;
    output.push_back('\\');
    switch (c) {
      case '"':
      case '\\':
        output.push_back(*at);
        break;
      case '\b':
        output.push_back('b');
        break;
      case '\f':
        output.push_back('f');
        break;
      case '\n':
        output.push_back('n');
        break;
      case '\r':
        output.push_back('r');
        break;
      case '\t':
        output.push_back('t');
        break;
      default:
        output.append("u00").append({digits[c >> 4U], digits[c & 0xFU]});
    }
  }
  output.append(clean, text.end());
}

template <class Integer>
void append_integer(std::string& output, Integer number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  output.append(digits.data(), end);
}

void append_value(std::string& output, const json& value, std::vector<shared_bytes>& attachments,
                  std::size_t depth) {
  const auto enter = [depth] {
    if (depth >= max_json_depth) throw std::invalid_argument("JSON is nested too deeply");
  };
  switch (value.type()) {
    case json::value_t::discarded:
    case json::value_t::null:
      output.append("null");
      break;
    case json::value_t::boolean:
      output.append(value.get<bool>() ? "true" : "false");
      break;
    case json::value_t::number_integer:
      append_integer(output, value.get<std::int64_t>());
      break;
    case json::value_t::number_unsigned:
      append_integer(output, value.get<std::uint64_t>());
      break;
    case json::value_t::number_float:
      append_json_number(output, value.get<double>());
      break;
    case json::value_t::string:
      append_json_string(output, value.get_ref<const std::string&>());
      break;
    case json::value_t::binary: {
      const auto& bytes = value.get_binary();
      append_placeholder(output, attachments.size());
      attachments.push_back(shared_bytes::copy(std::as_bytes(std::span(bytes))));
      break;
    }
    case json::value_t::array: {
      enter();
      char separator = '[';
      for (const auto& element : value) {
        output.push_back(separator);
        append_value(output, element, attachments, depth + 1);
        separator = ',';
      }
      output.append(separator == '[' ? "[]" : "]");
      break;
    }
    case json::value_t::object: {
      enter();
      char separator = '{';
      for (const auto& [key, member] : value.get_ref<const json::object_t&>()) {
        output.push_back(separator);
        append_json_string(output, key);
        output.push_back(':');
        append_value(output, member, attachments, depth + 1);
        separator = ',';
      }
      output.append(separator == '{' ? "{}" : "}");
      break;
    }
  }
}

// Appends an integer that is given as 1.234e+18.
void append_whole(std::string& output, std::string_view scientific) {
  const auto mark = scientific.find('e');
  std::size_t exponent = 0;
  std::from_chars(scientific.data() + mark + 2, scientific.data() + scientific.size(), exponent);
  auto mantissa = scientific.substr(0, mark);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  output.append(mantissa.substr(0, point));
  mantissa.remove_prefix(std::min(point + 1, mantissa.size()));
  output.append(mantissa).append(exponent - mantissa.size(), '0');
}

}  // namespace

void append_json_string(std::string& output, std::string_view text) {
  output.push_back('"');
  if (is_plain_ascii(text)) {
    output.append(text);
  } else if (is_valid_utf8(text)) {
    append_escaped(output, text);
  } else {
    append_escaped(output, to_valid_utf8(text));
  }
  output.push_back('"');
}

void append_json_number(std::string& output, double number) {
  if (!std::isfinite(number)) {
    output.append("null");
    return;
  }
  if (number == 0) {
    output.push_back('0');
    return;
  }
  const auto magnitude = std::abs(number);
  // Above it std::to_chars writes integers with all their digits, JavaScript the shortest ones.
  constexpr double max_exact_integer = 0x1p53;
  const bool fixed = magnitude >= 1e-6 && magnitude < max_exact_integer;
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  if (!fixed && magnitude >= max_exact_integer && magnitude < 1e21) {
    append_whole(output, text);
    return;
  }
  if (!fixed) {
    // JavaScript writes the exponent without leading zeros.
    const auto mark = text.find('e') + 2;
    output.append(text.substr(0, mark));
    text.remove_prefix(std::min(text.find_first_not_of('0', mark), text.size() - 1));
  }
  output.append(text);
}

void append_json(std::string& output, const json& value, std::vector<shared_bytes>& attachments) {
  append_value(output, value, attachments, 0);
}

void append_placeholder(std::string& output, std::size_t index) {
  output.append(R"({"_placeholder":true,"num":)");
  append_integer(output, index);
  output.push_back('}');
}

}  // namespace socketio
