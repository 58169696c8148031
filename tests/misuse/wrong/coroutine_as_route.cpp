// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(socketio::server& io) {
  io.http().get(
      "/", [](const socketio::http_request&) -> boost::asio::awaitable<socketio::http_response> {
        co_return socketio::http_response();
      });
}
