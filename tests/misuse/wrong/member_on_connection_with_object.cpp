// error: on() takes one function: write std::bind_front(&type::function, object)

struct game {
  void join(socketio::socket player);
};

void misuse(socketio::server& io, game& played) {
  io.on("connection", &game::join, &played);
}
