#include <algorithm>

#include <socketio/protocol/http_response_head.hpp>

#include "text.hpp"

namespace socketio {
namespace {

// Whether a field's value or a reason phrase has only visible characters, blanks, and bytes beyond
// ASCII.
bool is_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

// Returns the status of a line such as `HTTP/1.1 101 Switching Protocols`; 0 if it is malformed.
unsigned parse_status_line(std::string_view line) {
  constexpr std::string_view version = "HTTP/1.";
  constexpr std::size_t status_position = 9;
  constexpr std::size_t status_end = 12;
  if (line.size() < status_end || !line.starts_with(version)) return 0;
  if ((line[version.size()] != '1' && line[version.size()] != '0') || line[8] != ' ') return 0;
  // Some servers leave out the blank before an empty reason.
  if (line.size() > status_end && line[status_end] != ' ') return 0;
  if (!is_text(line.substr(status_end))) return 0;
  unsigned status = 0;
  for (const char digit : line.substr(status_position, status_end - status_position)) {
    if (digit < '0' || digit > '9') return 0;
    status = status * 10 + static_cast<unsigned>(digit - '0');
  }
  return status >= 100 && status <= 599 ? status : 0;
}

}  // namespace

std::optional<http_response> parse_response_head(std::string_view head) {
  // Takes the next line, without its end; nothing if that is missing.
  const auto next_line = [&head]() -> std::optional<std::string_view> {
    const auto end = head.find(detail::line_end);
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = head.substr(0, end);
    head.remove_prefix(end + detail::line_end.size());
    return line;
  };

  const auto status_line = next_line();
  if (!status_line) return std::nullopt;
  http_response response(parse_status_line(*status_line));
  if (response.status == 0) return std::nullopt;
  while (!head.empty()) {
    const auto line = next_line();
    if (!line) return std::nullopt;
    if (line->empty()) {
      if (!head.empty()) return std::nullopt;
      break;
    }
    const auto colon = line->find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = line->substr(0, colon);
    const auto value = line->substr(colon + 1);
    if (!is_token(name) || !is_text(value)) return std::nullopt;
    response.headers.append(name, detail::trim(value));
  }
  return response;
}

}  // namespace socketio
