// error: disconnect() takes a bool

void misuse(const socketio::socket& socket) {
  socket.disconnect("bye");
}
