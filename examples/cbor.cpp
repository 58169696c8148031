// A server that speaks CBOR with its clients, by a packet codec of its own on nlohmann_json. The
// client's half is examples/cbor/parser.mjs; docs/parsers.md explains both.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <socketio/protocol/packet_codec.hpp>
#include <socketio/server.hpp>

namespace {

using socketio::json;

// Refuses CBOR that is nested too deeply: from_cbor() would follow it with recursion.
class depth_check final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(std::int64_t /*value*/) override { return true; }
  bool number_unsigned(std::uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(json::binary_t& /*value*/) override { return true; }
  bool key(std::string& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return ++depth_ <= socketio::max_json_depth; }
  bool start_array(std::size_t /*size*/) override { return ++depth_ <= socketio::max_json_depth; }
  bool end_object() override { return depth_-- > 0; }
  bool end_array() override { return depth_-- > 0; }
  bool parse_error(std::size_t /*position*/, const std::string& /*last*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  std::size_t depth_ = 0;
};

// Each packet is one binary message: a map with the type, the namespace, the id and the data.
class cbor_codec final : public socketio::packet_codec {
  socketio::packet_form encode(const socketio::packet_header& header,
                               const socketio::encoded_arguments& values,
                               std::string& message) const override {
    json packet = {{"type", static_cast<int>(header.type)}, {"nsp", header.nsp}};
    if (header.id) packet["id"] = *header.id;
    socketio::json_document data;
    const bool has_data = data.parse(values.json) &&
                          (values.attachments.empty() || data.bind_attachments(values.attachments));
    if (has_data) packet["data"] = data.root().to_json();
    json::to_cbor(packet, message);
    return socketio::packet_form::whole_binary;
  }

  socketio::decode_result decode_text(std::string_view /*message*/,
                                      std::unique_ptr<socketio::incomplete_packet>& /*incomplete*/,
                                      socketio::packet_scratch& scratch) const override {
    return scratch.fail("text message instead of CBOR");
  }

  socketio::decode_result decode_binary(std::string&& message,
                                        std::unique_ptr<socketio::incomplete_packet>& /*none*/,
                                        socketio::packet_scratch& scratch) const override {
    depth_check check;
    if (!json::sax_parse(message, &check, json::input_format_t::cbor)) {
      return scratch.fail("invalid CBOR");
    }
    const auto packet = json::from_cbor(message);
    if (!packet.is_object()) return scratch.fail("packet is not a map");
    const auto type = packet.value("type", json());
    const auto nsp = packet.value("nsp", json());
    const auto id = packet.value("id", json());

    socketio::packet_header header;
    const auto number = socketio::json_view(type).unsigned_integer();
    if (!number || *number > 4) return scratch.fail("unknown packet type");
    header.type = static_cast<socketio::packet_type>(*number);
    if (!nsp.is_string()) return scratch.fail("namespace is not a string");
    header.nsp = nsp.get_ref<const std::string&>();
    header.id = socketio::json_view(id).unsigned_integer();
    if (!id.is_null() && header.id.value_or(~0ULL) > socketio::max_ack_id) {
      return scratch.fail("acknowledgement id out of range");
    }
    return scratch.read_value(header, packet.value("data", json()));
  }
};

}  // namespace

// The last word of the command line is the port.
int main(int argc, char** argv) {
  socketio::server_options options;
  options.parser = std::make_shared<cbor_codec>();
  socketio::server io(options);

  io.on("connection", [&io](socketio::socket socket) {
    socket.on("echo",
              [](const socketio::arguments& values, socketio::ack reply) { reply(values); });
    socket.on("image", [&io](const socketio::shared_bytes& bytes) { io.emit("image", bytes); });
  });

  const auto port =
      io.listen(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[argc - 1])) : 3000);
  std::cout << "listening on http://localhost:" << port << std::endl;
  io.close_on_signal();
  io.run();
}
