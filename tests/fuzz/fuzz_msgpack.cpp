#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/protocol/json_writer.hpp>
#include <socketio/protocol/msgpack_codec.hpp>

namespace {

using namespace socketio;

void require(bool condition) {
  if (!condition) std::abort();
}

const packet_codec& codec() {
  static const auto instance = msgpack_codec();
  return *instance;
}

json values_of(const decoded_packet& packet) {
  auto values = json::array();
  for (const auto& value : packet.values) values.push_back(value.to_json());
  return values;
}

// Reads a message, which lies in memory of exactly its size.
decode_result decode(std::string_view message, packet_scratch& scratch) {
  packet_decoder decoder(codec());
  std::string copy(message);
  copy.shrink_to_fit();
  return decoder.binary(std::move(copy), scratch);
}

std::string encode(const packet_header& header, const encoded_arguments& values) {
  std::string message;
  require(codec().encode(header, values, message) == packet_form::whole_binary);
  return message;
}

// What has been read is within its limits, and is the same when it has been written and read again.
void read_message(std::string_view message) {
  packet_scratch scratch;
  const auto result = decode(message, scratch);
  require(result != decode_result::need_more);
  require(scratch.error().empty() == (result == decode_result::packet));
  if (result != decode_result::packet) return;
  const auto& packet = scratch.packet();
  require(packet.attachments.size() == packet.header.attachments);
  require(packet.attachments.size() <= scratch.limits().max_attachments);
  require(packet.json.size() <= 8 * message.size() + 64 * packet.attachments.size());
  for (const auto& attachment : packet.attachments) {
    require(message.find(attachment.characters()) != std::string_view::npos);
  }

  const auto values = values_of(packet);
  // Beside bytes an object that looks like a placeholder cannot be sent.
  const bool has_mark = values.dump().find("_placeholder") != std::string::npos;
  if (!packet.attachments.empty() && has_mark) return;
  encoded_arguments written;
  if (packet.header.type == packet_type::event || packet.header.type == packet_type::ack) {
    append_json(written.json, values, written.attachments);
  } else if (!values.empty()) {
    append_json(written.json, values.front(), written.attachments);
  }
  auto header = packet.header;
  const std::string nsp(header.nsp);
  header.nsp = nsp;
  require(decode(encode(header, written), scratch) == decode_result::packet);
  require(packet.header.type == header.type);
  require(packet.header.nsp == nsp);
  require(packet.header.id == header.id);
  require(values_of(packet) == values);
}

// A JSON text that is written arrives as the same values. Another text does no harm.
void write_text(std::string_view text) {
  packet_header header;
  header.type = packet_type::ack;
  const encoded_arguments values{std::string(text), {}};
  packet_scratch scratch;
  const auto result = decode(encode(header, values), scratch);
  json_document document;
  if (!document.parse(values.json) || document.root().type() != json_type::array) return;
  require(result == decode_result::packet);
  require(values_of(scratch.packet()) == document.root().to_json());

  const encoded_arguments with_bytes{std::string(text), {shared_bytes(std::string("bytes"))}};
  (void)decode(encode(header, with_bytes), scratch);
}

}  // namespace

// The input is a message, and also a JSON text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_message(input);
  write_text(input);
  return 0;
}
