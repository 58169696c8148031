// error: ack has to be the last parameter

void misuse(const socketio::socket& socket) {
  socket.on("x", [](const socketio::ack&, int, const socketio::ack&) {});
}
