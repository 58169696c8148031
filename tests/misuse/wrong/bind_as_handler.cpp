// error: a handler may not be a std::bind(): write std::bind_front(), or a lambda

void handle(int, int);

void misuse(const socketio::socket& socket) {
  socket.on("x", std::bind(&handle, 1, std::placeholders::_1));
}
