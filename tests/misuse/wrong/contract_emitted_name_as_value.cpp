// error: with a contract the event's name stands in angle brackets, as in emit<

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit("count", 1);
}
