// error: an event's handler does not get the socket: capture it, as in [socket](int) {}

void misuse(const socketio::socket& socket) {
  socket.on("x", [](socketio::socket, int) {});
}
