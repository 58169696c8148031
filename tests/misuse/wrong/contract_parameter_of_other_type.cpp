// error: a parameter has another type than the contract declares

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"chat message">([](int) {});
}
