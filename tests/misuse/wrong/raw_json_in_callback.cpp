// error: the callback of emit() takes socketio::json_view, not raw_json

void misuse(const socketio::socket& socket) {
  socket.emit("x", [](socketio::error_code, socketio::raw_json) {});
}
