#include <iostream>
#include <socketio/server.hpp>

int main() {
  socketio::server io;

  io.on("connection", [&io](socketio::socket socket) {
    socket.on("chat message", [&io](const std::string& text) { io.emit("chat message", text); });
    socket.on("sum", [](int a, int b, socketio::ack reply) { reply(a + b); });
    socket.on("disconnect", [](const std::string& reason) { std::cout << reason << '\n'; });
  });

  io.listen(3000);
  io.run();
}
