#include "websocket_client.hpp"

#include <socketio/protocol/http_response_head.hpp>
#include <socketio/protocol/websocket_handshake.hpp>

namespace bench {

namespace {

namespace websocket = socketio::websocket;

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::uint64_t max_message_size = std::uint64_t{64} << 20U;
constexpr std::string_view join_reply = "430[]";

socketio::websocket::parser_options parser_options(const client_settings& settings) {
  websocket::parser_options options;
  options.masked = false;
  options.max_message_size = max_message_size;
  options.allow_compressed = settings.deflate;
  return options;
}

std::string handshake(const client_settings& settings) {
  const bool native = settings.what == scenario::websocket_echo;
  std::string request = "GET ";
  request += native ? "/echo" : "/socket.io/?EIO=4&transport=websocket";
  request += " HTTP/1.1\r\nHost: ";
  request += settings.server.authority();
  request += "\r\nUser-Agent: socketio-bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  request += key;
  if (settings.deflate) {
    request +=
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover";
  }
  request += "\r\n\r\n";
  return request;
}

}  // namespace

websocket_client::websocket_client(event_loop& loop, const client_settings& settings,
                                   observer& owner, const std::vector<std::string>& rooms)
    : settings_(settings),
      owner_(owner),
      connection_(loop, settings.server, *this),
      parser_(parser_options(settings)) {
  for (const auto& room : rooms) join_ += (join_.empty() ? "\"" : ",\"") + room + '"';
  if (!join_.empty()) join_ = "420[\"join\",[" + join_ + "]]";
  if (settings.deflate) inflater_ = std::make_unique<websocket::inflater>();
  connection_.send(handshake(settings));
}

void websocket_client::on_data(std::span<char> bytes) {
  if (upgraded_) {
    handle_frames(bytes);
  } else {
    handle_handshake(bytes);
  }
}

void websocket_client::handle_handshake(std::span<char> bytes) {
  head_.append(bytes.data(), bytes.size());
  const auto end = head_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const auto response = socketio::parse_response_head(std::string_view(head_).substr(0, end + 4));
  if (!response || response->status != 101) {
    fail("no WebSocket: " + head_.substr(0, head_.find('\r')));
    return;
  }
  if (response->headers["Sec-WebSocket-Accept"] != websocket::accept_value(key)) {
    fail("a wrong Sec-WebSocket-Accept");
    return;
  }
  if (settings_.deflate && response->headers["Sec-WebSocket-Extensions"].empty()) {
    fail("the server does not compress");
    return;
  }
  upgraded_ = true;
  auto rest = head_.substr(end + 4);
  head_ = {};
  if (settings_.what == scenario::websocket_echo) {
    ready_ = true;
    owner_.on_ready(*this);
  }
  handle_frames(rest);
}

void websocket_client::handle_frames(std::span<char> bytes) {
  while (!failed_) {
    switch (parser_.next(bytes)) {
      case websocket::parse_result::need_more:
        return;
      case websocket::parse_result::message:
        if (parser_.compressed()) {
          handle_compressed(parser_.text());
        } else if (parser_.binary()) {
          handle_binary(parser_.text());
        } else {
          handle_text(parser_.text());
        }
        break;
      case websocket::parse_result::ping: {
        std::string frame;
        websocket::append_masked_frame(frame, websocket::opcode::pong, parser_.text(), {});
        connection_.send(frame);
        break;
      }
      case websocket::parse_result::pong:
        break;
      case websocket::parse_result::close:
        return fail("the server has closed the WebSocket");
      case websocket::parse_result::error:
        return fail(parser_.error_message());
    }
  }
}

void websocket_client::handle_compressed(std::string_view message) {
  inflated_.clear();
  const auto result = inflater_->decompress(message, true, max_message_size, inflated_);
  inflater_->reset();  // the server compresses each message on its own
  if (result != websocket::inflate_result::done) return fail("a message that is not deflate");
  handle_text(inflated_);
}

void websocket_client::handle_text(std::string_view text) {
  const auto& words = settings_.words;
  const auto& delivery = words.delivery.text;
  if (ready_ && !words.replies.empty()) {
    const auto& expected = words.replies[replies_];
    if (text == expected.text) {
      // The first half of a reply with an attachment.
      if (expected.attachment.empty()) handle_reply(true);
      return;
    }
  } else if (ready_ && text == delivery) {
    owner_.on_delivery(*this);
    return;
  }

  if (text == "2") {
    say("3");
  } else if (!ready_ && text.starts_with("0{")) {
    say("40");
  } else if (!ready_ && text.starts_with("40{") && !join_.empty()) {
    say(join_);
  } else if (!ready_ && (text.starts_with("40{") || text == join_reply)) {
    join_ = {};
    ready_ = true;
    owner_.on_ready(*this);
  } else {
    fail("unexpected: " + std::string(text.substr(0, 200)));
  }
}

void websocket_client::handle_binary(std::string_view bytes) {
  const auto& replies = settings_.words.replies;
  handle_reply(ready_ && !replies.empty() && bytes == replies[replies_].attachment);
}

void websocket_client::handle_reply(bool as_expected) {
  if (!as_expected) return fail("an unexpected binary message");
  if (++replies_ == settings_.words.replies.size()) replies_ = 0;
  owner_.on_reply(*this);
}

void websocket_client::say(std::string_view packet) {
  std::string frame;
  websocket::append_masked_frame(frame, websocket::opcode::text, packet, {0x12, 0x34, 0x56, 0x78});
  connection_.send(frame);
}

void websocket_client::fail(std::string_view why) {
  if (failed_) return;
  failed_ = true;
  owner_.on_failure(*this, why);
}

}  // namespace bench
