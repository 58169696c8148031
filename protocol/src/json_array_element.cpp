#include <socketio/protocol/json.hpp>

#include "text.hpp"

namespace socketio {
namespace {

// The position after a string that begins at `first`.
std::size_t skip_string(std::string_view text, std::size_t first) {
  auto end = first + 1;
  while (true) {
    end = text.find('"', end);
    std::size_t backslashes = 0;
    while (text[end - backslashes - 1] == '\\') ++backslashes;
    ++end;
    if (backslashes % 2 == 0) return end;
  }
}

// The position of the comma or bracket that ends a value.
std::size_t skip_value(std::string_view text, std::size_t first) {
  std::size_t depth = 0;
  auto position = first;
  while (true) {
    position = text.find_first_of(depth == 0 ? "\"[]{}," : "\"[]{}", position);
    switch (text[position]) {
      case '"':
        position = skip_string(text, position);
        break;
      case '[':
      case '{':
        ++depth;
        ++position;
        break;
      case ',':
        return position;
      default:
        if (depth-- == 0) return position;
        ++position;
    }
  }
}

}  // namespace

std::string_view json_array_element(std::string_view array, std::size_t position) {
  auto first = array.find('[') + 1;
  while (true) {
    first = array.find_first_not_of(detail::json_white_space, first);
    const auto end = skip_value(array, first);
    if (position == 0) {
      const auto element = array.substr(first, end - first);
      return element.substr(0, element.find_last_not_of(detail::json_white_space) + 1);
    }
    if (array[end] == ']') return {};
    --position;
    first = end + 1;
  }
}

}  // namespace socketio
