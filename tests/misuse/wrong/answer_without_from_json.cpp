// error: the type of emit_with_ack<type>() needs a from_json()

struct thing {};

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack<thing>("x");
}
