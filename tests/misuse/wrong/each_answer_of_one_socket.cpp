// error: each_answer() is for broadcasts: one socket has one answer

void misuse(const socketio::socket& socket) {
  socket.emit("x", socketio::each_answer([](std::string_view, socketio::error_code, int) {}));
}
