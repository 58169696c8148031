#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <socketio/protocol/json.hpp>
#include <socketio/protocol/json_serializer.hpp>

#include "parse_double.hpp"

namespace socketio::detail {

double decimal_value(float number) {
  if (!std::isfinite(number)) return number;
  std::array<char, 32> digits;  // NOLINT(*-member-init): to_chars writes it
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  double value = 0;
  static_cast<void>(
      parse_double({digits.data(), static_cast<std::size_t>(end - digits.data())}, value));
  return value;
}

std::vector<std::uint8_t> bytes_of(const json& value) {
  if (value.is_binary()) return value.get_binary();
  if (!value.is_array()) throw std::invalid_argument("neither binary nor a list of bytes");
  std::vector<std::uint8_t> bytes;
  bytes.reserve(value.size());
  for (const auto& element : value) {
    const auto number = json_view(element).unsigned_integer();
    if (!number || *number > std::numeric_limits<std::uint8_t>::max()) {
      throw std::invalid_argument("an element of a list of bytes is no byte");
    }
    bytes.push_back(static_cast<std::uint8_t>(*number));
  }
  return bytes;
}

}  // namespace socketio::detail
