// error: the argument's type needs a to_json(), which nlohmann_json looks for

struct point {};

void misuse(const socketio::server& io) {
  io.to("room").emit("x", 1, point());
}
