// error: the contract declares no event of this name that is emitted here

void misuse(const socketio::typed_namespace<chat>& io) {
  io.server_side_emit<"chat message">("text");
}
