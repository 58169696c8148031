// error: this name is reserved: connect, connect_error, disconnect

struct wrong {
  using client_to_server = socketio::events<socketio::event<"disconnect", void()>>;
};

void misuse(const socketio::typed_socket<wrong>& socket) {
  socket.on<"disconnect">([] {});
}
