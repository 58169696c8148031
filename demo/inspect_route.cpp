#include "inspect_route.hpp"

#include <string_view>
#include <utility>

#include <socketio/websocket.hpp>

#include "inspector.hpp"

void add_inspect(socketio::server& io) {
  namespace websocket = socketio::websocket;
  websocket::route route;
  route.max_message_size = max_inspected_size;
  route.deflate.emplace();
  route.on_message = [](const websocket::socket& socket, std::string_view pasted, bool) {
    socket.send(to_json(inspect(pasted)).dump());
  };
  io.websocket("/inspect", std::move(route));
}
