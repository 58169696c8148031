// error: a handler is a function, or a lambda without auto, whose parameters say

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"chat message">("text");
}
