// error: a handler acknowledges either with its result or with its ack, not with both

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">([](int a, int b, const socketio::typed_ack<int>&) { return a + b; });
}
