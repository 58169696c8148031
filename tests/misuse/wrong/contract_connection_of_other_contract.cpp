// error: with the parameter (socketio::typed_socket<contract> socket)

void misuse(const socketio::typed_namespace<chat>& io) {
  io.on("connection", [](const socketio::typed_socket<quiet>&) {});
}
