// error: with a contract the event's name stands in angle brackets, as in on<

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on("sum", [](int a, int b) { return a + b; });
}
