#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <socketio/protocol/socketio_packet.hpp>

namespace socketio::detail {

/// The position of an event as clients remember it: `<epoch>.<run>.<number>`. The epoch is that of
/// the log, and the run counts the starts of a server that keeps it in files.
struct log_offset {
  std::uint64_t run = 1;
  std::uint64_t number = 0;
};

[[nodiscard]] inline std::string write_offset(std::string_view epoch, const log_offset& offset) {
  return std::string(epoch) + '.' + std::to_string(offset.run) + '.' +
         std::to_string(offset.number);
}

/// Reads such a position; nothing if it is of another log, or none.
[[nodiscard]] inline std::optional<log_offset> read_offset(std::string_view epoch,
                                                           std::string_view text) {
  const auto take_number = [&](std::uint64_t& number) {
    if (!text.starts_with('.')) return false;
    const auto [read, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(read - text.data()));
    return true;
  };
  if (!text.starts_with(epoch)) return std::nullopt;
  text.remove_prefix(epoch.size());
  log_offset offset;
  if (!take_number(offset.run) || !take_number(offset.number) || !text.empty()) return std::nullopt;
  return offset;
}

/// Adds an offset to an event as its last argument.
inline void append_offset(encoded_arguments& event, std::string_view offset) {
  event.json.erase(event.json.find_last_of(']'));
  event.json.append(",\"").append(offset).append("\"]");
}

/// Whether the last value of an event, which may be its name, is a string: clients take it for an
/// offset.
[[nodiscard]] inline bool ends_in_string(const encoded_arguments& event) {
  const auto end = event.json.find_last_of(']');
  // An argument of the type raw_json may end in white space.
  return event.json[event.json.find_last_not_of(" \t\r\n", end - 1)] == '"';
}

}  // namespace socketio::detail
