// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(socketio::server& io) {
  io.http().use([](const socketio::http_request&, socketio::http_fields&,
                   socketio::http_next next) -> boost::asio::awaitable<void> {
    next();
    co_return;
  });
}
