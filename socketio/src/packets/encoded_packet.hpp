#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <socketio/arguments.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/packet_codec.hpp>

namespace socketio::detail {

/// A packet encoded once for many receivers: its messages.
using encoded_packet = std::vector<engineio::shared_message>;

/// Encodes an event for a namespace.
/// @param compress whether transports may compress it
[[nodiscard]] encoded_packet encode_event(const packet_codec& codec, const encoded_arguments& event,
                                          std::string_view nsp, std::optional<std::uint64_t> ack_id,
                                          bool compress);

/// Makes the header of a packet with these arguments.
[[nodiscard]] packet_header header_for(packet_type type, const encoded_arguments& values,
                                       std::string_view nsp, std::optional<std::uint64_t> ack_id);

/// Checks that clients accept a packet with these attachments. The reference client disconnects on
/// more than ten (or max_attachments if that is more), and on a placeholder without an attachment.
/// @throws std::invalid_argument if clients do not accept it
void check_attachments(const encoded_arguments& values, std::size_t max_attachments);
/// Checks that all placeholders among the values stand for their attachments.
/// @throws std::invalid_argument if an object only looks like one
void check_placeholders(const encoded_arguments& values);

}  // namespace socketio::detail
