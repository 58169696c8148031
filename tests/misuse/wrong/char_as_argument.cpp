// error: a char is neither text nor a number here: emit a string, or an int

void misuse(const socketio::socket& socket) {
  socket.emit("x", 'y');
}
