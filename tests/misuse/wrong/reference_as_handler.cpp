// error: a handler may not be a std::ref(): write a lambda that captures by reference

void misuse(const socketio::socket& socket) {
  auto handler = [](int) {};
  socket.on("x", std::ref(handler));
}
