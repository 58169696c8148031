// error: a handler is a function, or a lambda without auto, whose parameters say what it takes

void misuse(const socketio::socket& socket) {
  socket.on("x", std::bind_front([](const socketio::socket&, auto) {}, socket));
}
