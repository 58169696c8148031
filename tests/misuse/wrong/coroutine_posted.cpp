// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(const socketio::socket& socket) {
  socket.post([]() -> boost::asio::awaitable<void> { co_return; });
}
