// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(const socketio::socket& socket) {
  socket.post([]() -> boost::asio::awaitable<void> { co_return; });
}
