#include "inspected_values.hpp"

#include <cstddef>

#include <socketio/protocol/utf8.hpp>

namespace {

constexpr std::size_t max_shown_bytes = 64;
constexpr std::size_t max_shown_text = 4096;
constexpr std::size_t max_problem_size = 600;

void append_hex(std::string& output, char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  output.push_back(digits[value >> 4U]);
  output.push_back(digits[value & 0xFU]);
}

}  // namespace

std::string shown_bytes(std::string_view bytes) {
  std::string shown;
  for (const char byte : bytes.substr(0, max_shown_bytes)) {
    if (!shown.empty()) shown.push_back(' ');
    append_hex(shown, byte);
  }
  if (bytes.size() > max_shown_bytes) {
    shown += " ... (" + count_of(bytes.size(), "byte") + " in all)";
  }
  return shown;
}

std::string shown_text(std::string_view text) {
  const auto whole_size = text.size();
  if (whole_size > max_shown_text) {
    const auto is_continuation = [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    };
    // A code point has at most three continuation bytes.
    auto size = max_shown_text;
    while (size > max_shown_text - 3 && is_continuation(text[size])) --size;
    text = text.substr(0, size);
  }
  std::string shown;
  socketio::utf8_validator utf8;
  std::size_t code_point = 0;  // where it begins
  const auto escape = [&] {
    shown += "\\x";
    append_hex(shown, text[code_point++]);
    utf8.reset();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!utf8.feed(text.substr(i, 1))) {
      escape();
      i = code_point - 1;  // what follows may be the beginning of another
    } else if (utf8.complete()) {
      shown += text.substr(code_point, i + 1 - code_point);
      code_point = i + 1;
    }
  }
  while (code_point < text.size()) escape();
  if (text.size() < whole_size) shown += " ... (" + count_of(whole_size, "byte") + " in all)";
  return shown;
}

std::string count_of(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

void add_problem(inspection& found, std::string_view problem) {
  constexpr std::string_view and_more = "; and more";
  if (found.problem.size() > max_problem_size) {
    if (!found.problem.ends_with(and_more)) found.problem += and_more;
    return;
  }
  if (!found.problem.empty()) found.problem += "; ";
  found.problem += problem;
}
