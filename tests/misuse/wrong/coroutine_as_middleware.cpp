// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(socketio::server& io) {
  io.of("/x").use(
      [](socketio::socket, socketio::next) -> boost::asio::awaitable<void> { co_return; });
}
