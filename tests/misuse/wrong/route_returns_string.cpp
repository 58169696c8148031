// error: a route's handler returns a socketio::http_response

void misuse(socketio::server& io) {
  io.http().post("/", [](const socketio::http_request&) { return std::string("fine"); });
}
