// error: a parameter has another type than the contract declares

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit<"name?">(true, [](socketio::error_code, int) {});
}
