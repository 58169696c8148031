// error: a middleware of a socket takes the parameters (std::string_view event

void misuse(const socketio::socket& socket) {
  socket.use([](std::string_view, const socketio::arguments&) {});
}
