// socketio-bench-server: the events that socketio-bench measures, on this server.
#include <cstddef>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>
#include <span>
#include <string_view>

#include "../conformance/program.hpp"

namespace {

using socketio::ack;

void add_events(socketio::server& io, const socketio::socket& socket) {
  socket.on("echo", [](std::string_view text, const ack& reply) { reply(text); });
  socket.on("binary", [](std::span<const std::byte> bytes, const ack& reply) { reply(bytes); });
  socket.on("broadcast", [&io](const std::string& text) { io.emit("broadcast", text); });
  socket.on("room", [&io](const std::string& room, const std::string& text) {
    io.to(room).emit("room", text);
  });
  socket.on("join", [socket](const std::vector<std::string>& rooms, const ack& reply) {
    socket.join(rooms);
    reply();
  });
  socket.on("visit", [socket](const std::string& room, const ack& reply) {
    socket.join(room);
    socket.leave(room);
    reply();
  });
}

socketio::websocket::route echo_route(std::size_t max_payload) {
  socketio::websocket::route echo;
  echo.max_message_size = max_payload;
  echo.on_message = [](const socketio::websocket::socket& socket, std::string_view message,
                       bool /*binary*/) { socket.send(message); };
  return echo;
}

}  // namespace

int main(int argc, char** argv) {
  return test_program::run([&] {
    const test_program::command_line arguments(argc, argv, test_program::common_options());
    const auto options = test_program::server_options(arguments);
    socketio::server io(options);
    io.on("connection", [&io](const socketio::socket& socket) { add_events(io, socket); });
    io.websocket("/echo", echo_route(options.max_payload));
    io.close_on_signal();
    test_program::listen(io.http(), arguments);
    io.run();
  });
}
