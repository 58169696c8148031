// error: on() takes one function: write std::bind_front(&type::function, object)

struct game {
  void move(int);
};

void misuse(const socketio::socket& socket, game& played) {
  socket.on("x", &game::move, &played);
}
