// error: a function that completes emit_with_ack() takes (socketio::error_code error,

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack<int>("x", [](socketio::error_code, const std::string&) {});
}
