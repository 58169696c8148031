#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>

namespace socketio::engineio {

class deflate_contexts;

/// A message from a client, valid during the call that passes it.
class received_message {
 public:
  /// A message in a buffer.
  received_message(std::string_view data, bool binary) : data_(data), binary_(binary) {}
  /// A message that has its own string.
  received_message(std::string& data, bool binary) : data_(data), string_(&data), binary_(binary) {}

  [[nodiscard]] std::string_view data() const { return data_; }
  [[nodiscard]] bool is_binary() const { return binary_; }
  /// Returns the message as a string to keep, without a copy if it has its own. data() is invalid
  /// afterwards.
  [[nodiscard]] std::string take() {
    return string_ != nullptr ? std::move(*string_) : std::string(data_);
  }

 private:
  std::string_view data_;
  std::string* string_ = nullptr;
  bool binary_;
};

/// A message encoded, framed and compressed once for many receivers, which share its bytes on any
/// transport. Thread-safe.
class encoded_message {
 public:
  /// A text message of Engine.IO.
  [[nodiscard]] static std::shared_ptr<const encoded_message> text(std::string_view data);
  /// A binary message of Engine.IO.
  [[nodiscard]] static std::shared_ptr<const encoded_message> binary(std::string_view data);
  /// A message of a native WebSocket: just the data, without a packet type.
  [[nodiscard]] static std::shared_ptr<const encoded_message> native(websocket::opcode code,
                                                                     std::string_view data);

  ~encoded_message();
  encoded_message(const encoded_message&) = delete;
  encoded_message& operator=(const encoded_message&) = delete;

  /// The whole WebSocket frame.
  [[nodiscard]] std::string_view frame() const { return frame_; }
  /// The message itself, without frame header and packet type.
  [[nodiscard]] std::string_view data() const {
    return std::string_view(frame_).substr(data_offset_);
  }
  /// The frame's payload: the message with the packet type, if there is one.
  [[nodiscard]] std::string_view payload() const {
    return std::string_view(frame_).substr(payload_offset_);
  }
  [[nodiscard]] websocket::opcode code() const { return code_; }
  [[nodiscard]] bool is_binary() const { return code_ == websocket::opcode::binary; }

  /// The frame with the message compressed on its own, or frame() if that is not shorter. The first
  /// call for each set of window, memory and compression level compresses; the others share its
  /// frame.
  /// @param contexts those of the shard on which the call is made
  [[nodiscard]] std::string_view compressed_frame(const websocket::deflate_options& options,
                                                  deflate_contexts& contexts) const;

 private:
  struct compressed;

  encoded_message(websocket::opcode code, std::string_view type, std::string_view data);

  [[nodiscard]] compressed& compressed_for(const websocket::deflate_options& options) const;

  std::string frame_;
  std::size_t data_offset_;
  std::size_t payload_offset_;
  websocket::opcode code_;

  // A list, which only grows: an entry for each set of options that receivers have agreed on.
  mutable std::atomic<compressed*> compressed_{nullptr};
};

using shared_message = std::shared_ptr<const encoded_message>;

}  // namespace socketio::engineio
