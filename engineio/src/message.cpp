#include <mutex>

#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/engineio_packet.hpp>

namespace socketio::engineio {

encoded_message::encoded_message(websocket::opcode code, std::string_view type,
                                 std::string_view data, bool compress)
    : code_(code), compress_(compress) {
  std::array<char, websocket::max_header_size> header{};
  payload_offset_ = websocket::write_frame_header(header, code, type.size() + data.size());
  data_offset_ = payload_offset_ + type.size();
  frame_.reserve(data_offset_ + data.size());
  frame_.append(header.data(), payload_offset_).append(type).append(data);
}

encoded_message::encoded_message(const shared_bytes& data, bool compress)
    : shared_(data), code_(websocket::opcode::binary), compress_(compress) {
  std::array<char, websocket::max_header_size> header{};
  const auto size = websocket::write_frame_header(header, code_, data.size());
  frame_.assign(header.data(), size);
  payload_offset_ = data_offset_ = size;
}

shared_message encoded_message::text(std::string_view data, bool compress) {
  const char type = static_cast<char>(packet_type::message);
  return shared_message(new encoded_message(websocket::opcode::text, {&type, 1}, data, compress));
}

shared_message encoded_message::binary(std::string_view data, bool compress) {
  return shared_message(new encoded_message(websocket::opcode::binary, {}, data, compress));
}

shared_message encoded_message::binary(const shared_bytes& data, bool compress) {
  // Fewer bytes are cheaper to copy than to send as a piece of their own.
  constexpr std::size_t sharing_threshold = std::size_t{4} * 1024;
  if (data.size() >= sharing_threshold) return shared_message(new encoded_message(data, compress));
  return binary(data.characters(), compress);
}

shared_message encoded_message::native(websocket::opcode code, std::string_view data) {
  return shared_message(new encoded_message(code, {}, data));
}

// --- Compression

struct encoded_message::compressed {
  explicit compressed(const websocket::deflate_options& options)
      : window_bits(options.server_max_window_bits),
        memory_level(options.memory_level),
        compression_level(options.compression_level) {}

  const unsigned window_bits;
  const unsigned memory_level;
  const unsigned compression_level;
  std::once_flag once;
  std::string frame;  // empty if it would not be shorter

  [[nodiscard]] bool is_for(const websocket::deflate_options& options) const {
    return window_bits == options.server_max_window_bits && memory_level == options.memory_level &&
           compression_level == options.compression_level;
  }
};

std::optional<std::string_view> encoded_message::compressed_frame(
    const websocket::deflate_options& options, deflate_contexts& contexts) const {
  auto& result = compressed_.find_or_add(
      [&](const compressed& known) { return known.is_for(options); }, options);
  std::call_once(result.once, [&] {
    std::string deflated;
    contexts.fresh_deflater(options).compress(payload(), {}, deflated);
    if (deflated.size() < payload().size()) {
      websocket::append_frame(result.frame, code_, deflated, true, true);
    }
  });
  if (result.frame.empty()) return std::nullopt;
  return result.frame;
}

// --- Other frames

struct encoded_message::other_frame {
  other_frame(std::string_view bytes, bool in_base64) : head(bytes), base64(in_base64) {}

  const std::string head;
  const bool base64;
  std::once_flag once;
  shared_message message;
};

shared_message encoded_message::reframed(std::string_view head, bool base64) const {
  auto& result = other_frames_.find_or_add(
      [&](const other_frame& known) { return known.head == head && known.base64 == base64; }, head,
      base64);
  std::call_once(result.once, [&] {
    if (base64) {
      std::string text;
      append_base64(text, data());
      result.message.reset(new encoded_message(websocket::opcode::text, head, text, compress_));
    } else {
      result.message.reset(new encoded_message(code_, head, data(), compress_));
    }
  });
  return result.message;
}

encoded_message::~encoded_message() = default;

}  // namespace socketio::engineio
