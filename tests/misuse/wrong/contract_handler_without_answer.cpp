// error: the contract declares an answer for this event: return it, or take

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">([](int, int) {});
}
