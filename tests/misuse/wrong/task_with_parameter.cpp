// error: post() takes a function that has no parameters

void misuse(socketio::server& io) {
  io.post([](int) {});
}
