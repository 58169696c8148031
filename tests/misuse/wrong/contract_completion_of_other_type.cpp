// error: a function that completes emit_with_ack() takes (socketio::error_code error,

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit_with_ack<"name?">(true, [](socketio::error_code, int) {});
}
