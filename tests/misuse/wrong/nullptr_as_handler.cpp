// error: a handler may not be nullptr

void misuse(const socketio::socket& socket) {
  socket.once("x", nullptr);
}
