// error: a member function needs its object: write std::bind_front(&type::function, object)

struct game {
  void move(int);
};

void misuse(const socketio::socket& socket) {
  socket.on("x", &game::move);
}
