#pragma once

#include <cstdint>
#include <memory>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_parser.hpp>

#include "client.hpp"
#include "connection.hpp"

namespace bench {

/// A client over WebSocket, of Socket.IO (without polling first) or native. It compares whatever it
/// receives, byte by byte, with what it should receive.
class websocket_client final : public client, connection::user {
 public:
  websocket_client(event_loop& loop, const client_settings& settings, observer& owner,
                   const std::vector<std::string>& rooms);

  void send(std::size_t request) override { connection_.send(settings_.wire_requests[request]); }
  void flush() override { connection_.flush(); }

 private:
  void on_data(std::span<char> bytes) override;
  void on_end(std::string_view why) override { fail(why); }

  void handle_handshake(std::span<char> bytes);
  void handle_frames(std::span<char> bytes);
  void handle_compressed(std::string_view message);
  void handle_text(std::string_view text);
  void handle_binary(std::string_view bytes);
  void handle_reply(bool as_expected);
  void say(std::string_view packet);
  void fail(std::string_view why);

  const client_settings& settings_;
  observer& owner_;
  connection connection_;
  socketio::websocket::parser parser_;
  std::unique_ptr<socketio::websocket::inflater> inflater_;  // null without permessage-deflate
  std::string inflated_;
  std::string head_;         // the head of the handshake's response
  std::string join_;         // the first packets: connecting to the namespace, joining rooms
  std::size_t replies_ = 0;  // replies received
  bool upgraded_ = false;
  bool ready_ = false;
  bool failed_ = false;
};

}  // namespace bench
