#include "echo.hpp"

#include <span>
#include <string_view>
#include <utility>

#include <socketio/websocket.hpp>

void add_echo(socketio::server& io) {
  namespace websocket = socketio::websocket;

  websocket::route echo;
  echo.max_message_size = 16'000'000;
  // A client may send a good deal before it reads its first answer.
  echo.max_send_queue = 64'000'000;
  echo.deflate.emplace();
  echo.subprotocols = {"echo"};
  echo.on_message = [](const websocket::socket& socket, std::string_view message, bool binary) {
    if (binary) {
      socket.send(std::as_bytes(std::span(message)));
    } else {
      socket.send(message);
    }
  };
  io.websocket("/echo", std::move(echo));
}
