// error: with a contract the event's name stands in angle brackets, as in emit_with_ack<

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit_with_ack("name?", true);
}
