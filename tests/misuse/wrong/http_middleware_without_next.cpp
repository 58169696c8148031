// error: a handler's parameters and its result have to be as they are declared here

void misuse(socketio::server& io) {
  io.http().use([](const socketio::http_request&) {});
}
