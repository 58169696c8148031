// error: a contract has values, not views, references or pointers

struct wrong {
  using client_to_server = socketio::events<socketio::event<"text", void(std::string_view)>>;
};

void misuse(const socketio::typed_socket<wrong>& socket) {
  socket.on<"text">([](std::string_view) {});
}
