// error: the names of a list of events have to be different

struct wrong {
  using client_to_server =
      socketio::events<socketio::event<"sum", int(int)>, socketio::event<"sum", int(int, int)>>;
};

void misuse(const socketio::typed_socket<wrong>& socket) {
  socket.on<"sum">([](int number) { return number; });
}
