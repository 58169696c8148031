// error: the parameter's type needs a from_json(), which nlohmann_json looks for

struct point {};

void misuse(const socketio::socket& socket) {
  socket.on("x", [](const std::vector<point>&, socketio::ack) {});
}
