// error: the contract declares an answer for this event: add a function that takes it

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit<"name?">(true);
}
