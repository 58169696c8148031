#pragma once

#include <cstddef>
#include <string_view>

#include <socketio/protocol/json.hpp>
#include <socketio/protocol/packet_codec.hpp>

#include "inspector.hpp"

/// Explains the messages that one side of a WebSocket connection sends: an Engine.IO packet and the
/// Socket.IO packet in it, or JSON. Any other message is left alone. Not thread-safe.
class message_inspector {
 public:
  /// @param from_server whether the server sends the messages
  explicit message_inspector(bool from_server);

  /// Explains a text message, which has to be UTF-8.
  void text(std::string_view message, inspection& found);
  /// Explains a binary message: it may be an attachment of the packet before.
  void binary(std::string_view message, inspection& found);

 private:
  bool engineio_message(std::string_view message, inspection& found);
  void json_text(std::string_view message, inspection& found);

  bool from_server_;
  socketio::packet_decoder decoder_;
  socketio::packet_scratch scratch_;
  socketio::json_document document_;
  std::size_t attachments_ = 0;  // of the packet that waits for them
  std::size_t attachments_received_ = 0;
};
