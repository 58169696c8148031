// error: a handler takes values, not pointers

void misuse(const socketio::socket& socket) {
  socket.on("x", [](int*) {});
}
