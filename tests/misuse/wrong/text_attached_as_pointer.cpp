// error: text is attached as a std::string

void misuse(socketio::server& io) {
  io.http().use(
      [](const socketio::http_request&, socketio::http_fields&, const socketio::http_next& next) {
        next.attach("Ada");
        next();
      });
}
