// error: an option is copied: share what its function holds, in a std::shared_ptr

void misuse(socketio::server_options& options) {
  options.headers = [state = std::make_unique<int>(1)](auto&, const auto&) {};
}
