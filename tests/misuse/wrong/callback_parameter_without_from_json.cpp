// error: the parameter's type needs a from_json(), which nlohmann_json looks for

struct point {};

void misuse(const socketio::socket& socket) {
  socket.emit("x", [](socketio::error_code, const point&) {});
}
