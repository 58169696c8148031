// error: an event is declared by its name and the type of a function

struct wrong {
  using client_to_server = socketio::events<socketio::event<"sum", int>>;
};

void misuse(const socketio::typed_socket<wrong>& socket) {
  socket.on<"sum">([] {});
}
