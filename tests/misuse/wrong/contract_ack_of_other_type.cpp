// error: the typed_ack has another type than the contract declares as the event's result

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">([](int, int, const socketio::typed_ack<double>&) {});
}
