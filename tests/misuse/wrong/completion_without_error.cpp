// error: a function that completes emit_with_ack() takes (socketio::error_code error,
// socketio::json value)

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack("x", [](const socketio::json&) {});
}
