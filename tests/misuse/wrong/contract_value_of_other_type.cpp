// error: a value does not convert to the type that the contract declares for it

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit<"count">("one");
}
