// error: there are more values than the contract declares for this event, and it declares no answer

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.emit<"count">(1, [](int) {});
}
