// error: the contract declares no event of this name that is emitted here

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit<"sum">(1, 2);
}
