// error: disconnect_sockets() takes a bool

void misuse(const socketio::server& io) {
  io.disconnect_sockets("bye");
}
