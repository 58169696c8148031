// error: this handler cannot be copied: hand it over with std::move()

void misuse(const socketio::socket& socket) {
  auto handler = [state = std::make_unique<int>(1)](int) {};
  socket.on("x", handler);
}
