#include <mutex>

#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/engineio_packet.hpp>

namespace socketio::engineio {

encoded_message::encoded_message(websocket::opcode code, std::string_view type,
                                 std::string_view data)
    : code_(code) {
  std::array<char, websocket::max_header_size> header{};
  payload_offset_ = websocket::write_frame_header(header, code, type.size() + data.size());
  data_offset_ = payload_offset_ + type.size();
  frame_.reserve(data_offset_ + data.size());
  frame_.append(header.data(), payload_offset_).append(type).append(data);
}

shared_message encoded_message::text(std::string_view data) {
  const char type = static_cast<char>(packet_type::message);
  return shared_message(new encoded_message(websocket::opcode::text, {&type, 1}, data));
}

shared_message encoded_message::binary(std::string_view data) {
  return native(websocket::opcode::binary, data);
}

shared_message encoded_message::native(websocket::opcode code, std::string_view data) {
  return shared_message(new encoded_message(code, {}, data));
}

// --- Compression

struct encoded_message::compressed {
  unsigned window_bits;
  unsigned memory_level;
  unsigned compression_level;
  std::once_flag once{};
  std::string frame{};  // empty if it would not be shorter
  std::unique_ptr<compressed> next{};

  [[nodiscard]] bool is_for(const websocket::deflate_options& options) const {
    return window_bits == options.server_max_window_bits && memory_level == options.memory_level &&
           compression_level == options.compression_level;
  }
};

encoded_message::~encoded_message() {
  const std::unique_ptr<compressed> owned(compressed_);
}

encoded_message::compressed& encoded_message::compressed_for(
    const websocket::deflate_options& options) const {
  std::unique_ptr<compressed> added;
  auto* first = compressed_.load();
  while (true) {
    for (auto* known = first; known != nullptr; known = known->next.get()) {
      if (!known->is_for(options)) continue;
      if (added) static_cast<void>(added->next.release());
      return *known;
    }
    if (!added) {
      // NOLINTNEXTLINE(modernize-make-unique): clang 14 makes no aggregates from parentheses
      added.reset(new compressed{options.server_max_window_bits, options.memory_level,
                                 options.compression_level});
    }
    static_cast<void>(added->next.release());
    added->next.reset(first);
    if (compressed_.compare_exchange_weak(first, added.get())) return *added.release();
  }
}

std::string_view encoded_message::compressed_frame(const websocket::deflate_options& options,
                                                   deflate_contexts& contexts) const {
  auto& result = compressed_for(options);
  std::call_once(result.once, [&] {
    std::string deflated;
    contexts.fresh_deflater(options).compress(payload(), {}, deflated);
    if (deflated.size() < payload().size()) {
      websocket::append_frame(result.frame, code_, deflated, true, true);
    }
  });
  return result.frame.empty() ? frame_ : result.frame;
}

}  // namespace socketio::engineio
