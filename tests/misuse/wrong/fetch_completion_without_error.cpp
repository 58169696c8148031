// error: a function that completes fetch_sockets() takes (socketio::error_code error,
// std::vector<socketio::remote_socket> sockets)

void misuse(const socketio::server& io) {
  io.fetch_sockets([](const std::vector<socketio::remote_socket>&) {});
}
