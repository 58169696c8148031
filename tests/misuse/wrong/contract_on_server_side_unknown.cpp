// error: the contract declares no event of this name that arrives here

void misuse(const socketio::typed_namespace<chat>& io) {
  io.on_server_side<"sum">([](int a, int b) { return a + b; });
}
