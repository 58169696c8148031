// error: the handler's result does not convert to the type that the contract declares

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">([](int, int) { return "three"; });
}
