// error: a handler may not be a pointer to a member: write a lambda that calls the member

struct game {
  void move(int);
};

void misuse(const socketio::socket& socket) {
  socket.on("x", &game::move);
}
