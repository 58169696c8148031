// error: the function has more parameters than the contract declares values

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"chat message">([](const std::string&, int) {});
}
