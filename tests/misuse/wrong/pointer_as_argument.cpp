// error: the argument's type needs a to_json(), which nlohmann_json looks for

void misuse(const socketio::socket& socket, int* number) {
  socket.emit("x", number);
}
