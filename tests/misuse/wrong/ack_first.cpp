// error: ack has to be the last parameter

void misuse(const socketio::socket& socket) {
  socket.on("x", [](socketio::ack, int) {});
}
