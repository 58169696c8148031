// error: the function of each_answer() takes (std::string_view id, socketio::error_code error, T
// value)

void misuse(const socketio::server& io) {
  io.emit("x", socketio::each_answer([](int) {}));
}
