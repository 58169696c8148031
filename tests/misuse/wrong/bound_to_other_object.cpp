// error: what std::bind_front() binds does not convert to the function's first parameters

struct game {
  void move(int);
};

void misuse(const socketio::socket& socket) {
  socket.on("x", std::bind_front(&game::move, socket));
}
