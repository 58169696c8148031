// error: a value of the acknowledgement does not convert to the type that the contract

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">([](int, int, const socketio::typed_ack<int>& reply) { reply("three"); });
}
