#include "inspector.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "frame_inspector.hpp"
#include "handshake_inspector.hpp"
#include "inspected_values.hpp"

namespace {

using socketio::json;

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view separators = " \t\r\n,:";
constexpr std::size_t line_width = 100;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_hex_prefix(std::string_view text) {
  return text.starts_with("0x") || text.starts_with("0X");
}

// Whether the first word can be one of bytes in hexadecimal: no method is, and no HTTP version.
bool begins_with_hex(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(separators), text.size());
  auto word = text.substr(begin, text.find_first_of(separators, begin) - begin);
  while (!word.empty()) {
    if (is_hex_prefix(word)) {
      word.remove_prefix(2);
    } else if (hex_value(word.front()) >= 0) {
      word.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

// Reads bytes in hexadecimal, line by line.
class hex_reader {
 public:
  /// Returns what is wrong: nothing, or why reading has stopped.
  std::string read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const auto end = text.find('\n');
      if (const auto wrong = read_line(digits_of(text.substr(0, end)))) {
        return "line " + std::to_string(number) + ": " + shown_text(*wrong) +
               " is not a hexadecimal digit";
      }
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (!high_) return {};
    return "an odd number of hexadecimal digits: the last byte has only one";
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  // A line without the offset before its digits, and without the characters behind them: those of
  // xxd stand behind two blanks, of hexdump behind a bar, of Wireshark behind three blanks.
  std::string_view digits_of(std::string_view line) const {
    constexpr std::size_t min_offset_size = 4;
    std::size_t size = 0;
    std::size_t offset = 0;
    for (; size < line.size() && size < 8 && hex_value(line[size]) >= 0; ++size) {
      offset = offset * 16 + static_cast<std::size_t>(hex_value(line[size]));
    }
    if (size < min_offset_size || offset != bytes_.size() || high_) return line;
    const auto rest = line.substr(size);
    if (rest.starts_with(": ")) {
      const auto digits = rest.substr(rest.find_first_not_of(": "));
      return digits.substr(0, digits.find("  "));
    }
    // The offset behind the last line stands alone.
    const bool is_end = offset > 0 && rest.find_first_not_of(blanks) == std::string_view::npos;
    if (is_end) return {};
    if (!rest.starts_with("  ")) return line;
    const auto digits = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
    return digits.substr(0, std::min(digits.find('|'), digits.find("   ")));
  }

  // Returns the character that is wrong.
  std::optional<std::string_view> read_line(std::string_view line) {
    bool is_word = false;  // the digits so far stand behind 0x
    std::size_t digits = 0;
    // 0x5 is a byte of its own.
    const auto end_word = [&] {
      if (is_word && digits == 1) {
        bytes_.push_back(static_cast<char>(*high_));
        high_.reset();
      }
      is_word = false;
    };
    while (!line.empty()) {
      if (is_hex_prefix(line)) {
        end_word();
        is_word = !high_;
        digits = 0;
        line.remove_prefix(2);
        continue;
      }
      const int value = hex_value(line.front());
      if (value >= 0) {
        ++digits;
        add(value);
      } else if (separators.find(line.front()) != std::string_view::npos) {
        end_word();
      } else {
        return line.substr(0, 1);
      }
      line.remove_prefix(1);
    }
    end_word();
    return std::nullopt;
  }

  void add(int digit) {
    if (!high_) {
      high_ = digit;
      return;
    }
    bytes_.push_back(static_cast<char>(*high_ * 16 + digit));
    high_.reset();
  }

  std::string bytes_;
  std::optional<int> high_;  // the first digit of a byte
};

// How many columns UTF-8 takes, or nearly so.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// Escapes what a terminal would obey; line breaks stay.
std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string output;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      byte = static_cast<unsigned char>(text[++i]);
    } else if ((byte >= 0x20 && byte != 0x7F) || byte == '\n') {
      output.push_back(text[i]);
      continue;
    }
    output += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
  }
  return output;
}

// Breaks text into lines of at most `width` columns: at its line breaks, at blanks, and within
// words that are longer.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    while (width_of(line) > width) {
      std::size_t cut = 0;
      std::size_t blank = 0;
      for (std::size_t columns = 0; columns <= width; ++columns) {
        if (line[cut] == ' ') blank = cut;
        if (columns == width) break;
        do {
          ++cut;
        } while ((static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U);
      }
      // The blanks before an indented line are no place to break it.
      if (blank != 0 && line.find_first_not_of(' ') < blank) cut = blank;
      lines.emplace_back(line.substr(0, cut));
      line.remove_prefix(cut);
      if (line.starts_with(' ')) line.remove_prefix(1);
    }
    lines.emplace_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

void pad_to(std::string& line, std::size_t width) {
  const auto columns = width_of(line);
  if (columns < width) line.append(width - columns, ' ');
}

// Three columns; a value that does not fit into its own goes on to the end of the line, and its
// meaning begins below it.
void append_field(std::string& output, const inspected_field& field, std::size_t value_column,
                  std::size_t meaning_column) {
  const auto values = wrapped(printable(field.value), line_width - value_column);
  const auto meanings = wrapped(printable(field.meaning), line_width - meaning_column);
  const auto append_line = [&](std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    output += line + '\n';
  };
  std::string line = "  " + printable(field.name);
  // A name that is longer than its column has a line of its own.
  if (width_of(line) >= value_column) {
    append_line(std::exchange(line, {}));
  }
  for (const auto& value : values) {
    pad_to(line, value_column);
    line += value;
    if (&value != &values.back()) append_line(std::exchange(line, {}));
  }
  if (field.meaning.empty()) {
    append_line(line);
    return;
  }
  if (values.size() > 1 || width_of(line) + 2 > meaning_column) {
    append_line(std::exchange(line, {}));
  }
  for (const auto& meaning : meanings) {
    pad_to(line, meaning_column);
    append_line(std::exchange(line, {}) + meaning);
  }
}

}  // namespace

inspection inspect(std::string_view pasted) {
  inspection found;
  if (pasted.size() > max_inspected_size) {
    found.problem = "too long: " + count_of(pasted.size(), "byte") +
                    " of text; the inspector reads at most " + std::to_string(max_inspected_size);
  } else if (pasted.find_first_not_of(blanks) == std::string_view::npos) {
    found.problem = "nothing to inspect: paste a handshake, or frames in hexadecimal";
  } else if (begins_with_hex(pasted)) {
    hex_reader reader;
    const auto wrong = reader.read(pasted);
    if (!wrong.empty()) add_problem(found, wrong);
    inspect_frames(reader.bytes(), found);
  } else {
    inspect_handshake(pasted, found);
  }
  return found;
}

json to_json(const inspection& found) {
  auto parts = json::array();
  for (const auto& part : found.parts) {
    auto fields = json::array();
    for (const auto& field : part.fields) {
      fields.push_back({{"name", field.name}, {"value", field.value}, {"meaning", field.meaning}});
    }
    parts.push_back({{"title", part.title}, {"fields", std::move(fields)}});
  }
  return {{"parts", std::move(parts)}, {"problem", found.problem}};
}

std::string to_text(const inspection& found) {
  constexpr std::size_t max_name = 26;
  constexpr std::size_t max_value = 30;
  std::size_t name_width = 0;
  for (const auto& part : found.parts) {
    for (const auto& field : part.fields) {
      const auto width = width_of(field.name);
      if (width <= max_name) name_width = std::max(name_width, width);
    }
  }
  const auto value_column = 2 + name_width + 2;
  std::string output;
  for (const auto& part : found.parts) {
    std::size_t value_width = 0;
    for (const auto& field : part.fields) {
      const auto width = width_of(field.value);
      if (width <= max_value) value_width = std::max(value_width, width);
    }
    output += printable(part.title) + '\n';
    for (const auto& field : part.fields) {
      append_field(output, field, value_column, value_column + value_width + 2);
    }
    output += '\n';
  }
  if (!found.problem.empty()) {
    for (const auto& line : wrapped("Problem: " + printable(found.problem), line_width)) {
      output += line + '\n';
    }
  }
  return output;
}
