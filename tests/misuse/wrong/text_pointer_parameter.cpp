// error: a handler takes text as std::string or std::string_view, not as const char*

void misuse(const socketio::socket& socket) {
  socket.on("x", [](const char*) {});
}
