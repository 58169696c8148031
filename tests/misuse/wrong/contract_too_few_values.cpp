// error: there are fewer values than the contract declares for this event

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit<"count">();
}
