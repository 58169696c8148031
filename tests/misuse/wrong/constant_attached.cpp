// error: a shared object is attached by a std::shared_ptr to what may change

void misuse(socketio::server& io) {
  io.engine().use(
      [](const socketio::http_request&, socketio::http_fields&, const socketio::http_next& next) {
        next.attach(std::make_shared<const std::string>("Ada"));
        next();
      });
}
