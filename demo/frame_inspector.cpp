#include "frame_inspector.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <socketio/protocol/utf8.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>

#include "inspected_values.hpp"
#include "message_inspector.hpp"

namespace {

using namespace socketio::websocket;

constexpr std::size_t max_frames = 1000;
constexpr std::uint64_t max_inflated_message = 1'000'000;
constexpr std::uint64_t max_inflated_in_all = 4'000'000;
constexpr std::size_t max_control_payload = 125;

bool is_control(opcode code) {
  return code >= opcode::close;
}

std::string_view name_of(opcode code) {
  switch (code) {
    case opcode::continuation:
      return "continuation";
    case opcode::text:
      return "text";
    case opcode::binary:
      return "binary";
    case opcode::close:
      return "close";
    case opcode::ping:
      return "ping";
    case opcode::pong:
      return "pong";
  }
  return {};
}

// The registry of close codes (IANA, and RFC 6455, section 7.4).
std::string_view meaning_of_close_code(unsigned code) {
  switch (code) {
    case 1000:
      return "Normal Closure";
    case 1001:
      return "Going Away";
    case 1002:
      return "Protocol error";
    case 1003:
      return "Unsupported Data";
    case 1004:
      return "Reserved";
    case 1005:
      return "No Status Rcvd: never on the wire";
    case 1006:
      return "Abnormal Closure: never on the wire";
    case 1007:
      return "Invalid frame payload data";
    case 1008:
      return "Policy Violation";
    case 1009:
      return "Message Too Big";
    case 1010:
      return "Mandatory Ext.";
    case 1011:
      return "Internal Error";
    case 1012:
      return "Service Restart";
    case 1013:
      return "Try Again Later";
    case 1014:
      return "Bad Gateway: an invalid response from the upstream server";
    case 1015:
      return "TLS handshake: never on the wire";
    case 3000:
      return "Unauthorized";
    case 3003:
      return "Forbidden";
    case 3008:
      return "Timeout";
    default:
      break;
  }
  if (code >= 3000 && code <= 3999) return "for libraries and frameworks, registered with IANA";
  if (code >= 4000 && code <= 4999) return "for private use by applications";
  return code < 1000 ? "not used" : "not assigned";
}

// What one side sends.
struct side {
  explicit side(bool from_server) : content(from_server) {}

  message_inspector content;
  std::string message;  // the fragments so far
  opcode code = opcode::text;
  bool compressed = false;
  bool open = false;    // frames of the message are still to come
  bool closed = false;  // a close frame has been sent
  std::size_t first_frame = 0;
};

class frame_inspector {
 public:
  explicit frame_inspector(inspection& found) : found_(found) {}

  void read(std::string_view bytes) {
    while (number_ < max_frames && offset_ < bytes.size()) {
      ++number_;
      if (!read_frame(bytes.substr(offset_))) return;
    }
    if (offset_ < bytes.size()) {
      add_problem(found_, "the inspector shows only the first " + count_of(max_frames, "frame"));
    }
    for (const auto* sender : {&client_, &server_}) {
      if (!sender->open) continue;
      add_problem(found_, "the message that frame " + std::to_string(sender->first_frame) +
                              " begins has no end: no frame with FIN follows");
    }
  }

 private:
  // Returns false if the frame is cut off, so that nothing can follow it.
  bool read_frame(std::string_view bytes);
  void describe_header(std::string_view bytes, const frame_header& header);
  void check_header(const frame_header& header, std::size_t length_size);
  void describe_payload(const frame_header& header, std::string_view sent);
  void read_close(std::string_view payload);
  void read_data(const frame_header& header, std::string_view payload);
  void finish_message(side& sender);
  std::optional<std::string> inflate(std::string_view compressed);

  void problem(std::string_view what) {
    add_problem(found_, "frame " + std::to_string(number_) + ": " + std::string(what));
  }
  void field(std::string name, std::string value, std::string meaning = {}) {
    found_.parts.back().fields.push_back({std::move(name), std::move(value), std::move(meaning)});
  }
  side& sender_of(const frame_header& header) { return header.masked ? client_ : server_; }

  inspection& found_;
  side client_{false};
  side server_{true};
  inflater inflater_;
  std::uint64_t inflated_ = 0;
  std::size_t number_ = 0;  // of the frame, from 1
  std::size_t offset_ = 0;  // where it begins
};

bool frame_inspector::read_frame(std::string_view bytes) {
  // Of a header that is cut off, zeros stand for what is missing, and are not shown.
  std::string head(bytes.substr(0, max_header_size + sizeof frame_header::key));
  head.resize(max_header_size + sizeof frame_header::key);
  const auto header = *read_frame_header(head);
  const bool knows_sender = bytes.size() >= 2;
  found_.parts.push_back({"Frame " + std::to_string(number_), {}});
  if (knows_sender) {
    found_.parts.back().title += header.masked ? ", client to server" : ", server to client";
  }
  describe_header(bytes, header);
  if (bytes.size() < header.size || !knows_sender) {
    problem("cut off within its header: " + std::string(knows_sender ? "" : "at least ") +
            count_of(header.size - bytes.size(), "byte") + " missing");
    return false;
  }

  const auto sent = bytes.substr(header.size);
  if (sent.size() < header.payload_size) {
    describe_payload(header, sent);
    problem("cut off: " + std::to_string(header.payload_size - sent.size()) + " of the payload's " +
            count_of(header.payload_size, "byte") + " are missing");
    return false;
  }
  const auto payload_size = static_cast<std::size_t>(header.payload_size);
  describe_payload(header, sent.substr(0, payload_size));
  offset_ += header.size + payload_size;
  return true;
}

void frame_inspector::describe_header(std::string_view bytes, const frame_header& header) {
  const auto code = name_of(header.code);
  const auto bit = [](bool is_set) { return std::string(is_set ? "1" : "0"); };
  constexpr std::string_view reserved = "reserved: an extension would have to define it";
  field("Offset", std::to_string(offset_), "bytes before the frame");
  field("FIN", bit(header.fin),
        is_control(header.code) ? "control frames are not fragmented"
        : header.fin            ? "the last frame of its message"
                                : "more frames of the message follow");
  field("RSV1", bit(header.rsv1),
        header.rsv1 ? "compressed, if both sides agreed on permessage-deflate" : "");
  field("RSV2", bit(header.rsv2), std::string(header.rsv2 ? reserved : ""));
  field("RSV3", bit(header.rsv3), std::string(header.rsv3 ? reserved : ""));
  constexpr std::string_view digits = "0123456789ABCDEF";
  field("Opcode", std::string("0x") + digits[static_cast<std::size_t>(header.code)],
        code.empty() ? "reserved" : std::string(code));
  if (bytes.size() < 2) {
    if (code.empty()) problem("its opcode is reserved");
    return;
  }

  const auto length = static_cast<unsigned char>(bytes[1]) & 0x7FU;
  const std::size_t length_size = length <= 125 ? 0 : length == 126 ? 2 : 8;
  field("MASK", bit(header.masked),
        header.masked ? "masked: the client sends it" : "not masked: the server sends it");
  field("Payload length", std::to_string(length),
        length_size == 0   ? "bytes, in 7 bits"
        : length_size == 2 ? "the length follows in 16 bits"
                           : "the length follows in 64 bits");
  if (length_size != 0 && bytes.size() >= 2 + length_size) {
    field("Extended payload length", shown_bytes(bytes.substr(2, length_size)),
          count_of(header.payload_size, "byte"));
  }
  if (bytes.size() >= header.size && header.masked) {
    field("Masking-key", shown_bytes(bytes.substr(header.size - sizeof header.key, 4)),
          "XORed over the payload, repeating");
  }
  check_header(header, bytes.size() >= 2 + length_size ? length_size : 0);
}

void frame_inspector::check_header(const frame_header& header, std::size_t length_size) {
  if (name_of(header.code).empty()) problem("its opcode is reserved");
  if (header.rsv2 || header.rsv3) problem("RSV2 and RSV3 have to be 0");
  if (header.rsv1 && header.code != opcode::text && header.code != opcode::binary) {
    problem("RSV1 may only be set on the first frame of a message");
  }
  if (length_size != 0 && header.payload_size <= (length_size == 2 ? 125U : 0xFFFFU)) {
    problem("its length is not in the shortest form");
  }
  if (header.payload_size >> 63U != 0) problem("the most significant bit of its length is set");
  if (is_control(header.code)) {
    if (!header.fin) problem("control frames must not be fragmented");
    if (header.payload_size > max_control_payload) {
      problem("control frames have at most 125 bytes of payload");
    }
  }
  if (sender_of(header).closed) problem("nothing may follow a close frame");
}

void frame_inspector::describe_payload(const frame_header& header, std::string_view sent) {
  std::string payload(sent);
  if (sent.empty()) {
    // There is nothing to show.
  } else if (header.masked) {
    apply_mask(payload, header.key);
    field("Payload as sent", shown_bytes(sent));
    field("Payload unmasked", shown_bytes(payload));
  } else {
    field("Payload", shown_bytes(sent));
  }
  const bool is_whole = sent.size() == header.payload_size;
  if (header.code == opcode::close) {
    read_close(payload);
    sender_of(header).closed = true;
    return;
  }

  // A fragment may end within a code point.
  socketio::utf8_validator utf8;
  const bool is_compressed =
      header.rsv1 || (header.code == opcode::continuation && sender_of(header).open &&
                      sender_of(header).compressed);
  if (!payload.empty() && !is_compressed && utf8.feed(payload)) {
    field("Text", shown_text(payload));
  }
  if (is_whole && !is_control(header.code)) read_data(header, payload);
}

void frame_inspector::read_close(std::string_view payload) {
  if (payload.empty()) {
    field("Close code", "none", "the application sees 1005, No Status Rcvd");
    return;
  }
  if (payload.size() < 2) {
    problem("a close code has 2 bytes");
    return;
  }
  const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8U |
                                               static_cast<unsigned char>(payload[1]));
  field("Close code", std::to_string(code), std::string(meaning_of_close_code(code)));
  if (!is_valid_close_code(code)) {
    problem("close code " + std::to_string(code) + " must not be sent");
  }
  const auto reason = payload.substr(2);
  if (!reason.empty()) field("Reason", shown_text(reason));
  if (!socketio::is_valid_utf8(reason)) problem("the reason is not UTF-8");
}

void frame_inspector::read_data(const frame_header& header, std::string_view payload) {
  auto& sender = sender_of(header);
  const auto& other = header.masked ? server_ : client_;
  if (header.code == opcode::continuation) {
    if (!sender.open) {
      problem(!other.open     ? "it continues no message"
              : header.masked ? "it continues no message of the client, and frames of the server "
                                "must not be masked"
                              : "it continues no message of the server, and frames of the client "
                                "have to be masked");
      return;
    }
  } else if (header.code == opcode::text || header.code == opcode::binary) {
    if (sender.open) {
      problem("a new message begins within that of frame " + std::to_string(sender.first_frame));
    }
    sender.message.clear();
    sender.code = header.code;
    sender.compressed = header.rsv1;
    sender.first_frame = number_;
  } else {
    return;
  }
  sender.message += payload;
  sender.open = !header.fin;
  if (header.fin) finish_message(sender);
}

void frame_inspector::finish_message(side& sender) {
  auto message = std::exchange(sender.message, {});
  const bool is_fragmented = sender.first_frame != number_;
  if (is_fragmented || sender.compressed) {
    auto title = "Message of frame " + std::to_string(number_);
    if (is_fragmented) {
      title = "Message of frames " + std::to_string(sender.first_frame) + " to " +
              std::to_string(number_);
    }
    found_.parts.push_back({std::move(title), {}});
    field("Opcode", std::string("0x") + (sender.code == opcode::text ? '1' : '2'),
          std::string(name_of(sender.code)));
    if (is_fragmented)
      field("Size", std::to_string(message.size()), "bytes in all frames together");
    if (sender.compressed) {
      const auto compressed_size = message.size();
      auto inflated = inflate(message);
      if (!inflated) return;
      message = std::move(*inflated);
      field("Inflated", std::to_string(message.size()),
            "bytes, from " + std::to_string(compressed_size) + " (permessage-deflate)");
    }
    if (!message.empty()) field("Data", shown_bytes(message));
    if (!message.empty() && socketio::is_valid_utf8(message)) field("Text", shown_text(message));
  }
  if (sender.code == opcode::binary) {
    sender.content.binary(message, found_);
  } else if (socketio::is_valid_utf8(message)) {
    sender.content.text(message, found_);
  } else {
    problem("a text message has to be UTF-8");
  }
}

std::optional<std::string> frame_inspector::inflate(std::string_view compressed) {
  std::string output;
  const auto limit = std::min(max_inflated_message, max_inflated_in_all - inflated_);
  inflater_.reset();
  const auto result = inflater_.decompress(compressed, true, limit, output);
  inflated_ += std::min(limit, std::uint64_t{output.size()});
  switch (result) {
    case inflate_result::done:
      return output;
    case inflate_result::too_big:
      problem(
          limit == max_inflated_message
              ? "inflates to more than " + count_of(limit, "byte") +
                    ", which the inspector does not read"
              : "not inflated: with the messages before it, it would exceed the inspector's limit");
      break;
    case inflate_result::corrupt:
      problem("cannot be inflated: it is no DEFLATE data, or refers to messages before it");
      break;
  }
  return std::nullopt;
}

}  // namespace

void inspect_frames(std::string_view bytes, inspection& found) {
  frame_inspector(found).read(bytes);
}
