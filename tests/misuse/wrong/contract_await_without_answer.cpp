// error: the contract declares no answer for this event: use emit()

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit_with_ack<"count">(1);
}
