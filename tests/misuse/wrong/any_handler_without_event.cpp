// error: a handler of all events takes the parameters (std::string_view event, const
// socketio::arguments& values)

void misuse(const socketio::socket& socket) {
  socket.on_any_outgoing([](const socketio::arguments&) {});
}
