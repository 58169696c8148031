// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(const socketio::server& io) {
  io.on("connection", [](socketio::socket) -> boost::asio::awaitable<void> { co_return; });
}
