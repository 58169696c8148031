#include "message_inspector.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <socketio/protocol/base64.hpp>
#include <socketio/protocol/engineio_packet.hpp>

#include "inspected_values.hpp"

namespace {

using socketio::json;
namespace engineio = socketio::engineio;

// Longer JSON stays on one line: the blanks before deeply nested values multiply its size.
constexpr std::size_t max_laid_out = std::size_t{16} * 1024;
constexpr std::size_t max_attachments = 1000;
constexpr std::size_t max_attachment_bytes = max_inspected_size;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string shown_json(const json& value, std::size_t size) {
  const int indentation = size > max_laid_out ? -1 : 2;
  return shown_text(value.dump(indentation, ' ', false, json::error_handler_t::replace));
}

// A word that happens to begin with `b` is not base64 yet.
bool is_base64(std::string_view text) {
  constexpr std::string_view not_letters = "0123456789+/=";
  const auto digits = text.substr(0, text.find('='));
  return !text.empty() && text.size() % 4 == 0 && text.size() - digits.size() <= 2 &&
         text.find_first_not_of('=', digits.size()) == std::string_view::npos &&
         text.find_first_of(not_letters) != std::string_view::npos &&
         std::all_of(digits.begin(), digits.end(), [](char c) {
           return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
                  c == '/';
         });
}

// Whether text that begins with 4 and is no valid Socket.IO packet is meant as an Engine.IO message
// all the same: "4hello" is one, "42[" is one whose JSON went wrong, "404 not found" is not.
bool is_meant_as_message(std::string_view data) {
  if (data.empty()) return true;
  if (!is_digit(data.front())) return data.front() != ' ' && data.front() != '.';
  const auto after = data.find_first_not_of("0123456789-");
  return after != std::string_view::npos &&
         (data[after] == '[' || data[after] == '{' || data[after] == '/');
}

std::string_view meaning_of(const engineio::packet& packet) {
  switch (packet.type) {
    case engineio::packet_type::open:
      return "open: the server opens the session";
    case engineio::packet_type::close:
      return "close: ends the session";
    case engineio::packet_type::ping:
      return packet.data == "probe" ? "ping: probes the WebSocket before the session moves to it"
                                    : "ping: asks whether the peer is still there";
    case engineio::packet_type::pong:
      return packet.data == "probe" ? "pong: the WebSocket works; the session can move to it"
                                    : "pong: answers a ping";
    case engineio::packet_type::message:
      return "message: carries data of the protocol above";
    case engineio::packet_type::upgrade:
      return "upgrade: the session moves to this WebSocket";
    case engineio::packet_type::noop:
      return "noop: carries nothing; ends a waiting poll";
  }
  return {};
}

std::string_view name_of(socketio::packet_type type, bool is_binary) {
  switch (type) {
    case socketio::packet_type::connect:
      return "CONNECT";
    case socketio::packet_type::disconnect:
      return "DISCONNECT";
    case socketio::packet_type::event:
      return is_binary ? "BINARY_EVENT" : "EVENT";
    case socketio::packet_type::ack:
      return is_binary ? "BINARY_ACK" : "ACK";
    case socketio::packet_type::connect_error:
      return "CONNECT_ERROR";
    case socketio::packet_type::binary_event:
      return "BINARY_EVENT";
    case socketio::packet_type::binary_ack:
      return "BINARY_ACK";
  }
  return {};
}

void add_engineio_part(const engineio::packet& packet, std::string_view message,
                       inspection& found) {
  inspected_part part{"Engine.IO packet", {}};
  part.fields.push_back({"Type", std::string(1, message.front()), std::string(meaning_of(packet))});
  if (packet.base64) {
    const auto bytes = socketio::decode_base64(packet.data);
    part.fields.push_back({"Data", shown_text(packet.data), "base64"});
    part.fields.push_back({"Decoded", shown_bytes(bytes), count_of(bytes.size(), "byte")});
  } else if (!packet.data.empty()) {
    part.fields.push_back({"Data", shown_text(packet.data), ""});
  }
  found.parts.push_back(std::move(part));
}

inspected_part socketio_part(std::string_view text, const socketio::decoded_packet& packet) {
  const auto& header = packet.header;
  inspected_part part{"Socket.IO packet", {}};
  auto& fields = part.fields;
  const bool is_ack = header.type == socketio::packet_type::ack;
  fields.push_back({"Type", std::string(1, text.front()),
                    std::string(name_of(header.type, header.attachments > 0))});
  if (header.attachments > 0) {
    fields.push_back({"Attachments", std::to_string(header.attachments),
                      "binary messages that follow, one for each placeholder"});
  }
  fields.push_back(
      {"Namespace", shown_text(header.nsp), header.nsp == "/" ? "the main namespace" : ""});
  if (header.id) {
    fields.push_back({"Ack id", std::to_string(*header.id),
                      is_ack ? "of the event that this packet acknowledges"
                             : "the sender waits for an ACK with this id"});
  }
  if (header.type == socketio::packet_type::event) {
    fields.push_back({"Event", shown_text(packet.event_name), ""});
  }
  if (!packet.values.empty()) {
    const bool is_list = is_ack || header.type == socketio::packet_type::event;
    auto value = json::array();
    for (const auto& element : packet.values) value.push_back(element.to_json());
    fields.push_back({"JSON", shown_json(is_list ? value : value.front(), text.size()), ""});
  }
  return part;
}

}  // namespace

message_inspector::message_inspector(bool from_server)
    : from_server_(from_server), scratch_([] {
        socketio::decoder_options options;
        options.max_attachments = max_attachments;
        options.max_attachment_bytes = max_attachment_bytes;
        return options;
      }()) {}

void message_inspector::text(std::string_view message, inspection& found) {
  const auto packet = engineio::decode_packet(message);
  const auto is_packet = [&] {
    if (!packet) return false;
    if (packet->base64) return is_base64(packet->data);
    switch (packet->type) {
      case engineio::packet_type::open:
        return packet->data.starts_with('{') && document_.parse(packet->data);
      case engineio::packet_type::ping:
      case engineio::packet_type::pong:
        return packet->data.empty() || packet->data == "probe";
      case engineio::packet_type::close:
      case engineio::packet_type::upgrade:
      case engineio::packet_type::noop:
        return packet->data.empty();
      case engineio::packet_type::message:
        return false;  // engineio_message() finds out
    }
    return false;
  };
  if (is_packet()) {
    add_engineio_part(*packet, message, found);
    if (packet->type == engineio::packet_type::open) json_text(packet->data, found);
  } else if (!message.starts_with(static_cast<char>(engineio::packet_type::message)) ||
             !engineio_message(message, found)) {
    json_text(message, found);
  }
}

bool message_inspector::engineio_message(std::string_view message, inspection& found) {
  const engineio::packet packet{engineio::packet_type::message, message.substr(1), false};
  // The decoder is a server's, which gets no CONNECT_ERROR; but it is written like a CONNECT.
  const bool is_connect_error = from_server_ && packet.data.starts_with('4');
  auto data = std::string(packet.data);
  if (is_connect_error) data.front() = '0';
  const bool was_waiting = attachments_ > 0;
  const auto result = decoder_.text(data, scratch_);
  attachments_ = 0;
  attachments_received_ = 0;
  if (result == socketio::decode_result::error) {
    if (!was_waiting && !is_meant_as_message(packet.data)) return false;
    add_engineio_part(packet, message, found);
    if (was_waiting) {
      add_problem(found, "Socket.IO: " + std::string(scratch_.error()));
    } else {
      found.parts.back().fields.back().meaning =
          "not a Socket.IO packet: " + std::string(scratch_.error());
    }
    return true;
  }

  add_engineio_part(packet, message, found);
  auto decoded = scratch_.packet();
  if (is_connect_error) decoded.header.type = socketio::packet_type::connect_error;
  if (result == socketio::decode_result::need_more) attachments_ = decoded.header.attachments;
  found.parts.push_back(socketio_part(packet.data, decoded));
  return true;
}

void message_inspector::binary(std::string_view message, inspection& found) {
  if (attachments_ == 0) return;
  ++attachments_received_;
  found.parts.push_back(
      {"Socket.IO attachment",
       {{"Number", std::to_string(attachments_received_) + " of " + std::to_string(attachments_),
         "of the packet before"},
        {"Size", std::to_string(message.size()), "bytes"}}});
  const auto result = decoder_.binary(std::string(message), scratch_);
  if (result == socketio::decode_result::error) {
    add_problem(found, "Socket.IO: " + std::string(scratch_.error()));
  }
  if (result != socketio::decode_result::need_more) attachments_ = 0;
}

void message_inspector::json_text(std::string_view message, inspection& found) {
  if (!document_.parse(message)) return;
  found.parts.push_back(
      {"JSON", {{"Value", shown_json(document_.root().to_json(), message.size()), ""}}});
}
