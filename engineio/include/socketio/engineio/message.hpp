#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace socketio::engineio {

/// A message encoded and framed once for many receivers: they share its bytes, whatever their
/// transport. Immutable, hence thread-safe.
class encoded_message {
 public:
  /// A text message.
  [[nodiscard]] static std::shared_ptr<const encoded_message> text(std::string_view data);
  /// A binary message.
  [[nodiscard]] static std::shared_ptr<const encoded_message> binary(std::string_view data);

  /// The whole WebSocket frame.
  [[nodiscard]] std::string_view frame() const { return frame_; }
  /// The message itself, without frame header and packet type.
  [[nodiscard]] std::string_view data() const {
    return std::string_view(frame_).substr(data_offset_);
  }
  [[nodiscard]] bool is_binary() const { return is_binary_; }

 private:
  encoded_message(std::string_view data, bool is_binary);

  std::string frame_;
  std::size_t data_offset_;
  bool is_binary_;
};

using shared_message = std::shared_ptr<const encoded_message>;

}  // namespace socketio::engineio
