#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <socketio/arguments.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/socketio_packet.hpp>

namespace socketio::detail {

/// A packet encoded once for many receivers: its text, then its attachments.
using encoded_packet = std::vector<engineio::shared_message>;

/// Encodes an event for a namespace.
[[nodiscard]] encoded_packet encode_event(const encoded_arguments& event, std::string_view nsp,
                                          std::optional<std::uint64_t> ack_id = {});

/// The header of an event or ack packet with these arguments: binary if there are attachments.
[[nodiscard]] packet_header header_for(packet_type type, const encoded_arguments& values,
                                       std::string_view nsp, std::optional<std::uint64_t> ack_id);

}  // namespace socketio::detail
