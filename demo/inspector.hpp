#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/json.hpp>

/// One field of a handshake or of a frame: its name as the specification gives it, the value found,
/// and what that means (may be empty). All of it is UTF-8; a value may have several lines.
struct inspected_field {
  std::string name;
  std::string value;
  std::string meaning;
};

/// Fields that belong together: a head, a frame, a message, or a packet within a message.
struct inspected_part {
  std::string title;
  std::vector<inspected_field> fields;
};

/// What has been found in a text.
struct inspection {
  std::vector<inspected_part> parts;
  std::string problem;  ///< what is wrong with it, if anything; `parts` have what could be read
};

/// The longest text that is inspected, in bytes.
inline constexpr std::size_t max_inspected_size = std::size_t{256} * 1024;

/// Explains a WebSocket handshake (the head of a request, of a response, or one after the other) or
/// frames in hexadecimal: digits with blanks, colons, commas and `0x` between them, or the output
/// of xxd, `hexdump -C` or Wireshark (RFC 6455, RFC 7692, Engine.IO 4, Socket.IO 5).
///
/// Any text is accepted: what is wrong with it ends up in `problem`. Callable from any thread.
inspection inspect(std::string_view pasted);

/// `{"parts": [{"title", "fields": [{"name", "value", "meaning"}]}], "problem": ""}`.
socketio::json to_json(const inspection& found);

/// An inspection in aligned columns, for a terminal 100 columns wide. Control characters are
/// written as escapes.
std::string to_text(const inspection& found);
