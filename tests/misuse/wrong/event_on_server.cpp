// error: with the parameter (socketio::socket socket); a client's events are for socket.on()

void misuse(const socketio::server& io) {
  io.on("chat message", [](const std::string&) {});
}
