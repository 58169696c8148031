// error: the contract declares no event of this name that arrives here

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"count">([](int) {});
}
