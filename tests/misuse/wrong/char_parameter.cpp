// error: a handler takes text as std::string, and a number as int or std::int8_t, not as char

void misuse(const socketio::socket& socket) {
  socket.on("x", [](char) {});
}
