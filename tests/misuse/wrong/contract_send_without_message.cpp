// error: which the contract does not declare

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.send("text");
}
