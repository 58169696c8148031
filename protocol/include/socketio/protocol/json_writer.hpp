#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/json.hpp>

namespace socketio {

/// Appends a string as a JSON string literal. Invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& output, std::string_view text);

/// Appends a number the way `JSON.stringify` does: `1.0` as `1`, `-0.0` as `0`, NaN and infinities
/// as `null`.
void append_json_number(std::string& output, double number);

/// Appends a value the way `JSON.stringify` does, compact.
/// @param attachments takes the bytes of binary values, for which placeholders are written
/// (Socket.IO protocol, "Sending and receiving binary data").
/// @throws std::invalid_argument if the value is nested deeper than max_json_depth.
void append_json(std::string& output, const json& value, std::vector<shared_bytes>& attachments);

/// Appends the placeholder that stands for attachment `index`.
void append_placeholder(std::string& output, std::size_t index);

}  // namespace socketio
