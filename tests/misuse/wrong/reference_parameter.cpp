// error: a handler takes its parameters by value or by const reference

void misuse(const socketio::socket& socket) {
  socket.on("x", [](std::string&) {});
}
