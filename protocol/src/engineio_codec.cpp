#include <socketio/protocol/engineio_codec.hpp>

namespace socketio::engineio {
namespace {

class revision_4 final : public codec {
  [[nodiscard]] std::string_view revision() const override { return "4"; }
  [[nodiscard]] bool server_pings() const override { return true; }

  [[nodiscard]] std::string_view text_head(packet_type type) const override {
    constexpr std::string_view heads = "0123456";
    return heads.substr(static_cast<std::size_t>(static_cast<char>(type) - '0'), 1);
  }
  [[nodiscard]] std::string_view binary_head() const override { return {}; }
  [[nodiscard]] std::string_view base64_head() const override { return "b"; }
  [[nodiscard]] bool shares_frames(bool /*binary*/) const override { return true; }
  [[nodiscard]] std::optional<packet> decode_frame(std::string_view frame,
                                                   bool binary) const override {
    return binary ? packet{packet_type::message, frame, true} : decode_packet(frame);
  }

  [[nodiscard]] bool has_binary_payloads() const override { return false; }
  void append(std::string& payload, const packet& added, bool /*binary_payload*/) const override {
    if (added.binary) {
      append_binary_packet(payload, added.data);
    } else {
      append_packet(payload, added.type, added.data);
    }
  }
  [[nodiscard]] std::optional<packet> take_packet(payload_view& payload) const override {
    const auto separator = payload.rest.find(record_separator);
    const auto taken = decode_packet(payload.rest.substr(0, separator));
    payload.more = separator != std::string_view::npos;
    if (payload.more) payload.rest.remove_prefix(separator + 1);
    return taken;
  }
};

}  // namespace

const codec& codec_4() {
  static const revision_4 instance;
  return instance;
}

}  // namespace socketio::engineio
