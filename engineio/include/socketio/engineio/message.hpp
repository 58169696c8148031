#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/detail/growing_list.hpp>
#include <socketio/protocol/shared_bytes.hpp>
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
/// transport: once more for each kind of receiver whose frames are others. Thread-safe.
class encoded_message {
 public:
  /// A text message of Engine.IO.
  /// @param compress whether it may be compressed
  [[nodiscard]] static std::shared_ptr<const encoded_message> text(std::string_view data,
                                                                   bool compress = true);
  /// A binary message of Engine.IO.
  [[nodiscard]] static std::shared_ptr<const encoded_message> binary(std::string_view data,
                                                                     bool compress = true);
  /// The same, which shares many bytes, and copies a few.
  [[nodiscard]] static std::shared_ptr<const encoded_message> binary(const shared_bytes& data,
                                                                     bool compress = true);
  /// A message of a native WebSocket: just the data, without a packet type.
  [[nodiscard]] static std::shared_ptr<const encoded_message> native(websocket::opcode code,
                                                                     std::string_view data);

  ~encoded_message();
  encoded_message(const encoded_message&) = delete;
  encoded_message& operator=(const encoded_message&) = delete;

  /// The WebSocket frame up to the shared bytes.
  [[nodiscard]] std::string_view frame() const { return frame_; }
  /// The rest of the frame, if the message shares its bytes; else none.
  [[nodiscard]] const shared_bytes& shared() const { return shared_; }
  /// The message itself, without frame header and packet type.
  [[nodiscard]] std::string_view data() const { return from(data_offset_); }
  /// The frame's payload: the message with the packet type, if there is one.
  [[nodiscard]] std::string_view payload() const { return from(payload_offset_); }
  [[nodiscard]] websocket::opcode code() const { return code_; }
  [[nodiscard]] bool is_binary() const { return code_ == websocket::opcode::binary; }
  /// Whether it may be compressed.
  [[nodiscard]] bool compress() const { return compress_; }

  /// The frame with the message compressed on its own; nothing if that is not shorter. The first
  /// call for each set of window, memory and compression level compresses; the others share its
  /// frame.
  /// @param contexts those of the shard on which the call is made
  [[nodiscard]] std::optional<std::string_view> compressed_frame(
      const websocket::deflate_options& options, deflate_contexts& contexts) const;

  /// The message in another frame: data() after these bytes (codec::text_head() and the like). The
  /// first call for each such frame makes it; the others share it.
  /// @param base64 whether the frame is text, with the data in base64
  [[nodiscard]] std::shared_ptr<const encoded_message> reframed(std::string_view head,
                                                                bool base64) const;

 private:
  struct compressed;
  struct other_frame;

  encoded_message(websocket::opcode code, std::string_view type, std::string_view data,
                  bool compress = true);
  encoded_message(const shared_bytes& data, bool compress);

  // A message with shared bytes has no packet type.
  [[nodiscard]] std::string_view from(std::size_t offset) const {
    return shared_.empty() ? std::string_view(frame_).substr(offset) : shared_.characters();
  }

  std::string frame_;
  shared_bytes shared_;
  std::size_t data_offset_;
  std::size_t payload_offset_;
  websocket::opcode code_;
  bool compress_;

  // An entry for each set of options that receivers have agreed on.
  mutable detail::growing_list<compressed> compressed_;
  mutable detail::growing_list<other_frame> other_frames_;
};

using shared_message = std::shared_ptr<const encoded_message>;

}  // namespace socketio::engineio
