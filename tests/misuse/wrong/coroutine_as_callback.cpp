// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(const socketio::socket& socket) {
  socket.emit("x", 1, [](int) -> boost::asio::awaitable<void> { co_return; });
}
