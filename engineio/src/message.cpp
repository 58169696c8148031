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

std::string_view encoded_message::compressed_frame(const websocket::deflate_options& options,
                                                   deflate_contexts& contexts) const {
  std::call_once(compressed_once_, [&] {
    std::string compressed;
    contexts.fresh_deflater(options).compress(payload(), {}, compressed);
    compressed_window_bits_ = options.server_max_window_bits;
    if (compressed.size() < payload().size()) {
      websocket::append_frame(compressed_, code_, compressed, true, true);
    }
  });
  if (compressed_.empty()) return frame_;
  return compressed_window_bits_ <= options.server_max_window_bits ? std::string_view(compressed_)
                                                                   : std::string_view{};
}

}  // namespace socketio::engineio
