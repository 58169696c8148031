// error: takes socketio::typed_ack<type> instead of socketio::ack

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">([](int, int, const socketio::ack&) {});
}
