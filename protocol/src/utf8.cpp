#include <socketio/protocol/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace socketio {
namespace {

// The automaton's states are multiples of six, because a state is the position of its six-bit cell
// in a row of the transition table: one row for each byte, one cell in it for each state. The next
// state is then a shift away, with the table's load outside the chain of dependencies.
enum state : unsigned {
  accepting = 0,    // between two code points
  one_left = 6,     // one continuation byte left
  two_left = 12,    // two of them
  three_left = 18,  // three of them
  after_e0 = 24,    // 80 to 9F would be overlong
  after_ed = 30,    // A0 to BF would be a surrogate
  after_f0 = 36,    // 80 to 8F would be overlong
  after_f4 = 42,    // 90 to BF would be above U+10FFFF
  invalid = 48
};
constexpr unsigned cell_size = 6;
constexpr unsigned cell_mask = 63;

constexpr bool between(unsigned byte, unsigned first, unsigned last) {
  return byte >= first && byte <= last;
}

constexpr unsigned next_state(unsigned from, unsigned byte) {
  switch (from) {
    case accepting:
      if (byte < 0x80) return accepting;
      if (between(byte, 0xC2, 0xDF)) return one_left;
      if (byte == 0xE0) return after_e0;
      if (byte == 0xED) return after_ed;
      if (between(byte, 0xE1, 0xEF)) return two_left;
      if (byte == 0xF0) return after_f0;
      if (between(byte, 0xF1, 0xF3)) return three_left;
      if (byte == 0xF4) return after_f4;
      return invalid;
    case one_left:
      return between(byte, 0x80, 0xBF) ? accepting : invalid;
    case two_left:
      return between(byte, 0x80, 0xBF) ? one_left : invalid;
    case three_left:
      return between(byte, 0x80, 0xBF) ? two_left : invalid;
    case after_e0:
      return between(byte, 0xA0, 0xBF) ? one_left : invalid;
    case after_ed:
      return between(byte, 0x80, 0x9F) ? one_left : invalid;
    case after_f0:
      return between(byte, 0x90, 0xBF) ? two_left : invalid;
    case after_f4:
      return between(byte, 0x80, 0x8F) ? two_left : invalid;
    default:
      return invalid;
  }
}

constexpr auto transitions = [] {
  std::array<std::uint64_t, 256> rows{};
  for (unsigned byte = 0; byte < rows.size(); ++byte) {
    for (unsigned from = accepting; from <= invalid; from += cell_size) {
      rows[byte] |= std::uint64_t{next_state(from, byte)} << from;
    }
  }
  return rows;
}();

std::uint64_t step_through(std::string_view bytes, std::uint64_t state) {
  for (const char byte : bytes) {
    state = transitions[static_cast<unsigned char>(byte)] >> (state & cell_mask);
  }
  return state & cell_mask;
}

// How many UTF-16 code units the character has that a byte begins; none if it begins none.
std::size_t units_of(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  const bool continues = (value & 0xC0U) == 0x80;
  const bool begins_pair = value >= 0xF0;
  return begins_pair ? 2 : continues ? 0 : 1;
}

template <std::size_t words>
bool is_ascii(const char* block) {
  std::array<std::uint64_t, words> bits;
  std::memcpy(bits.data(), block, sizeof bits);
  std::uint64_t all = 0;
  for (const auto word : bits) all |= word;
  return (all & 0x8080808080808080U) == 0;
}

// Takes whole blocks off the front. Most text is ASCII, which needs no automaton.
template <std::size_t words>
std::uint64_t take_blocks(std::string_view& bytes, std::uint64_t state) {
  constexpr std::size_t size = words * sizeof(std::uint64_t);
  while (bytes.size() >= size) {
    if (state != accepting || !is_ascii<words>(bytes.data())) {
      state = step_through(bytes.substr(0, size), state);
    }
    bytes.remove_prefix(size);
  }
  return state;
}

}  // namespace

bool utf8_validator::feed(std::string_view bytes) {
  std::uint64_t state = state_;
  state = take_blocks<4>(bytes, state);
  state = take_blocks<1>(bytes, state);
  state = step_through(bytes, state);
  state_ = static_cast<std::uint8_t>(state);
  return state != invalid;
}

bool is_valid_utf8(std::string_view text) {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

std::string to_valid_utf8(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  if (is_valid_utf8(text)) return std::string(text);
  std::string valid;
  valid.reserve(text.size());
  utf8_validator validator;
  std::size_t first = 0;  // of the code point that the validator is in
  for (std::size_t next = 0; next < text.size();) {
    if (validator.feed(text.substr(next, 1))) {
      ++next;
      if (!validator.complete()) continue;
      valid.append(text.substr(first, next - first));
    } else {
      valid.append(replacement);
      // The byte that breaks a sequence may begin the next one.
      if (next == first) ++next;
      validator.reset();
    }
    first = next;
  }
  if (first < text.size()) valid.append(replacement);
  return valid;
}

std::size_t utf16_size(std::string_view text) {
  std::size_t units = 0;
  for (const char byte : text) units += units_of(byte);
  return units;
}

std::optional<std::size_t> utf16_prefix(std::string_view text, std::size_t units) {
  // A code unit takes a byte at least.
  if (units > text.size()) return std::nullopt;
  std::size_t left = units;
  const auto end = std::find_if(text.begin(), text.end(), [&left](char byte) {
    const auto next = units_of(byte);
    if (next > left) return true;
    left -= next;
    return false;
  });
  if (left > 0) return std::nullopt;
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace socketio
