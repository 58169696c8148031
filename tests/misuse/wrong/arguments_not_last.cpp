// error: arguments has to be the last parameter, but for an ack

void misuse(const socketio::socket& socket) {
  socket.on("x", [](const socketio::arguments&, int) {});
}
