// error: emit_with_ack<type>() completes with a value, not with a view or a reference

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack<std::string_view>("x");
}
