#include <socketio/engineio/message.hpp>
#include <socketio/protocol/engineio_packet.hpp>
#include <socketio/protocol/websocket_frame.hpp>

namespace socketio::engineio {

encoded_message::encoded_message(std::string_view data, bool is_binary) : is_binary_(is_binary) {
  const std::size_t type_size = is_binary ? 0 : 1;
  std::array<char, websocket::max_header_size> header{};
  const auto header_size = websocket::write_frame_header(
      header, is_binary ? websocket::opcode::binary : websocket::opcode::text,
      data.size() + type_size);
  data_offset_ = header_size + type_size;
  frame_.reserve(data_offset_ + data.size());
  frame_.append(header.data(), header_size);
  if (!is_binary) frame_.push_back(static_cast<char>(packet_type::message));
  frame_.append(data);
}

shared_message encoded_message::text(std::string_view data) {
  return shared_message(new encoded_message(data, false));
}

shared_message encoded_message::binary(std::string_view data) {
  return shared_message(new encoded_message(data, true));
}

}  // namespace socketio::engineio
