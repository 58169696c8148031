// error: an acknowledgement has as many values as the contract declares

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"login">(
      [](const std::string&, const socketio::typed_ack<std::tuple<bool, std::string>>& reply) {
        reply(true);
      });
}
