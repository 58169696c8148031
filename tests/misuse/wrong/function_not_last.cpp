// error: only the last argument of emit() may be a function

void misuse(const socketio::socket& socket) {
  socket.emit(
      "x", [](int) {}, 1);
}
