#include <optional>
#include <utility>

#include <socketio/protocol/msgpack_codec.hpp>
#include <socketio/protocol/utf8.hpp>

#include "msgpack_from_json.hpp"
#include "msgpack_to_json.hpp"
#include "msgpack_writer.hpp"

namespace socketio {
namespace {

using detail::msgpack_to_json;
using detail::msgpack_type;
using detail::msgpack_value;

bool is_container(const msgpack_value& value) {
  return value.type == msgpack_type::array || value.type == msgpack_type::map;
}

// Reads a packet: a map with the members type, nsp, data and id, in any order. Others, such as the
// official client's `options`, are passed over. Of a repeated one the last counts.
class packet_reader {
 public:
  packet_reader(std::string_view message, std::size_t max_attachments)
      : values_(message, max_attachments) {}

  // Replaces the text by the JSON of the data. Returns what is wrong, empty if nothing is.
  std::string_view read(std::string& text) {
    auto wrong = read_once(text);
    const bool is_ambiguous = !values_.attachments().empty() && values_.has_other_placeholders();
    if (wrong.empty() && is_ambiguous) {
      values_.restart_with_marks();
      wrong = read_once(text);
    }
    return wrong;
  }

  [[nodiscard]] const std::vector<msgpack_to_json::part>& attachments() const {
    return values_.attachments();
  }
  [[nodiscard]] packet_header header() const {
    packet_header header;
    header.type = static_cast<packet_type>(*type_);
    header.attachments = attachments().size();
    header.nsp = *nsp_;
    header.id = id_;
    return header;
  }

 private:
  std::string_view read_once(std::string& text) {
    text.clear();
    const auto packet = values_.reader().next();
    if (!packet || packet->type != msgpack_type::map) return "packet is not a map";
    for (std::uint64_t i = 0; i < packet->unsigned_integer; ++i) {
      if (const auto wrong = read_member(text); !wrong.empty()) return wrong;
    }
    if (!values_.reader().at_end()) return "bytes behind the packet";
    return check(text);
  }

  std::string_view read_member(std::string& text) {
    const auto key = values_.reader().next();
    if (key && is_container(*key)) return "illegal key";
    const auto value = values_.reader().next();
    if (!key || !value) return "invalid MessagePack";
    const bool is_named = key->type == msgpack_type::string || key->type == msgpack_type::binary;
    const auto name = is_named ? key->bytes : std::string_view();
    if (name == "data") return read_data(text, *value);
    if (name == "type") {
      type_ = type_of(value->whole_number());
    } else if (name == "nsp") {
      nsp_ = value->type == msgpack_type::string ? std::optional(value->bytes) : std::nullopt;
    } else if (name == "id") {
      id_ = value->whole_number();
      id_is_valid_ = value->type == msgpack_type::undefined || id_.value_or(~0ULL) <= max_ack_id;
    }
    return is_container(*value) ? pass_over(text, *value) : std::string_view();
  }

  // The parser for Socket.IO 2 has types of their own for events and acks with bytes.
  static std::optional<std::uint64_t> type_of(std::optional<std::uint64_t> written) {
    constexpr auto binary_event = static_cast<std::uint64_t>(packet_type::connect_error) + 1;
    if (written == binary_event) return static_cast<std::uint64_t>(packet_type::event);
    if (written == binary_event + 1) return static_cast<std::uint64_t>(packet_type::ack);
    return written;
  }

  std::string_view read_data(std::string& text, const msgpack_value& value) {
    text.clear();
    values_.forget_attachments(0);
    if (value.type == msgpack_type::undefined || values_.append(text, value)) return {};
    return values_.error();
  }

  std::string_view pass_over(std::string& text, const msgpack_value& value) {
    const auto size = text.size();
    const auto attachments = values_.attachments().size();
    if (!values_.append(text, value)) return values_.error();
    text.resize(size);
    values_.forget_attachments(attachments);
    return {};
  }

  [[nodiscard]] std::string_view check(std::string_view text) const {
    constexpr auto last_type = static_cast<std::uint64_t>(packet_type::connect_error);
    if (!type_ || *type_ > last_type) return "unknown packet type";
    if (!nsp_) return "namespace is not a string";
    if (!id_is_valid_) return "acknowledgement id out of range";
    const auto type = static_cast<packet_type>(*type_);
    const bool has_values = type == packet_type::event || type == packet_type::ack;
    if (has_values && !text.starts_with('[')) return "payload is not an array";
    if (type == packet_type::connect && !text.empty() && !text.starts_with('{')) {
      return "connect payload is not an object";
    }
    return {};
  }

  msgpack_to_json values_;
  std::optional<std::uint64_t> type_;
  std::optional<std::string_view> nsp_;
  std::optional<std::uint64_t> id_;
  bool id_is_valid_ = true;
};

class codec final : public packet_codec {
  packet_form encode(const packet_header& header, const encoded_arguments& values,
                     std::string& message) const override {
    const bool has_data = !values.json.empty();
    message.reserve(encoded_size(header, values));
    detail::msgpack_writer writer(message);
    writer.map(2 + std::size_t{has_data} + std::size_t{header.id.has_value()});
    writer.string("type");
    writer.integer(static_cast<std::uint64_t>(header.type));
    writer.string("nsp");
    writer.string(header.nsp);
    if (header.id) {
      writer.string("id");
      writer.integer(*header.id);
    }
    if (has_data) {
      writer.string("data");
      const auto place = message.size();
      if (!detail::append_msgpack(message, values)) {
        // The application's raw_json is no JSON: the client disconnects, as with any codec.
        message.resize(place);
        writer.nil();
      }
    }
    return packet_form::whole_binary;
  }

  // About how long the message is, and seldom less.
  static std::size_t encoded_size(const packet_header& header, const encoded_arguments& values) {
    constexpr std::size_t size_of_members = 48;
    auto size = size_of_members + header.nsp.size() + values.json.size();
    for (const auto& attachment : values.attachments) size += attachment.size();
    return size;
  }

  // The parser for Socket.IO 2 writes packets without values in JSON.
  decode_result decode_text(std::string_view message, std::unique_ptr<incomplete_packet>& none,
                            packet_scratch& scratch) const override {
    const auto is_shallow = [](int depth, auto, const auto&) { return depth <= 1; };
    const auto packet = json::parse(message, is_shallow, false);
    if (!packet.is_object() || packet.contains("data")) {
      return scratch.fail("text message instead of MessagePack");
    }
    std::string converted;
    json::to_msgpack(packet, converted);
    return decode_binary(std::move(converted), none, scratch);
  }

  decode_result decode_binary(std::string&& message, std::unique_ptr<incomplete_packet>& /*none*/,
                              packet_scratch& scratch) const override {
    auto text = scratch.take_text();
    packet_reader packet(message, scratch.limits().max_attachments);
    if (const auto wrong = packet.read(text); !wrong.empty()) return scratch.fail(wrong);
    // The text keeps the namespace, too: only attachments need the message.
    auto header = packet.header();
    const auto size = text.size();
    text.append(to_valid_utf8(header.nsp));
    const auto kept = scratch.keep(std::move(text));
    header.nsp = kept.substr(size);
    return scratch.read(header, kept.substr(0, size),
                        share(std::move(message), packet.attachments()), other_placeholders::kept);
  }

  // Attachments that share a message.
  static std::vector<shared_bytes> share(std::string&& message,
                                         const std::vector<msgpack_to_json::part>& parts) {
    std::vector<shared_bytes> attachments;
    if (parts.empty()) return attachments;
    const shared_bytes whole(std::move(message));
    attachments.reserve(parts.size());
    for (const auto& [first, size] : parts) attachments.push_back(whole.part(first, size));
    return attachments;
  }
};

}  // namespace

std::shared_ptr<const packet_codec> msgpack_codec() {
  return std::make_shared<const codec>();
}

}  // namespace socketio
