// error: a route's handler returns a socketio::http_response

void misuse(socketio::server& io) {
  io.http().get("/", [](const socketio::http_request&) { return "fine"; });
}
