// error: the callback of emit() has nothing to acknowledge

void misuse(const socketio::socket& socket) {
  socket.emit("x", [](int, socketio::ack) {});
}
