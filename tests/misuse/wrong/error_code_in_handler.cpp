// error: only the callback of emit() takes a socketio::error_code, as its first parameter

void misuse(const socketio::socket& socket) {
  socket.on("x", [](socketio::error_code, int) {});
}
