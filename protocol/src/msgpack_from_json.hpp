#pragma once

#include <string>

#include <socketio/protocol/socketio_packet.hpp>

namespace socketio::detail {

/// Appends a packet's values as MessagePack, with the attachments in the place of their
/// placeholders.
/// @return false if the text is no JSON, or nested deeper than 256 levels, as a raw_json of the
/// application may be; what has been appended is of no use then
[[nodiscard]] bool append_msgpack(std::string& output, const encoded_arguments& values);

}  // namespace socketio::detail
