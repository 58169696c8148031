// error: a parameter has another type than the contract declares

void misuse(const socketio::typed_namespace<chat>& io) {
  io.emit<"name?">(true, [](socketio::error_code, const std::string&) {});
}
