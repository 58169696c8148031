// Engine.IO without Socket.IO: every message goes back to where it came from.
#include <socketio/engineio/server.hpp>
#include <socketio/http_server.hpp>

int main() {
  socketio::http_server http;
  socketio::engineio::server engine({}, http.shards());
  engine.on_connection([](const socketio::engineio::socket& socket) {
    socket.on_message([socket](std::string_view message, bool is_binary) {
      if (is_binary) {
        socket.send(std::as_bytes(std::span(message)));
      } else {
        socket.send(message);
      }
    });
  });
  http.attach(engine, "/engine.io/");
  http.listen(3000);
  http.run();
}
