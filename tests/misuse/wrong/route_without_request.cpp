// error: a route's handler takes (const socketio::http_request& request), or

void misuse(socketio::server& io) {
  io.http().get("/", [] { return socketio::http_response(); });
}
