// error: this handler cannot be copied: hand it over with std::move()

void misuse(const socketio::server& io) {
  auto middleware = [state = std::make_unique<int>(1)](socketio::socket, socketio::next) {};
  io.use(middleware);
}
