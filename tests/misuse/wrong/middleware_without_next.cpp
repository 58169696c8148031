// error: a middleware takes the parameters (socketio::socket socket, socketio::next next)

void misuse(const socketio::server& io) {
  io.use([](socketio::socket) {});
}
