// error: of() takes a name, a std::regex, or a function with the parameters

void misuse(socketio::server& io) {
  io.of([](std::string_view) {});
}
