// error: a parameter has another type than the contract declares

void misuse(const socketio::typed_namespace<chat>& io) {
  io.emit<"name?">(true, socketio::each_answer([](std::string_view, socketio::error_code, int) {}));
}
