// error: a handler acknowledges either with its result or with its ack, not with both

void misuse(const socketio::socket& socket) {
  socket.on("x", [](int number, const socketio::ack&) { return number; });
}
