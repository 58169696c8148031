// error: a type of the contract needs a specialisation of socketio::described

struct wrong {
  using client_to_server = socketio::events<socketio::event<"text", void(undescribed)>>;
};

auto misuse() {
  return socketio::write_typescript<wrong>();
}
