// error: the contract declares no answer for this event: return nothing

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"chat message">([](const std::string&) { return 1; });
}
