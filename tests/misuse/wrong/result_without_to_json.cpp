// error: a handler's result acknowledges the event: its type needs a to_json()

struct thing {};

void misuse(const socketio::socket& socket) {
  socket.on("x", [] { return thing{}; });
}
