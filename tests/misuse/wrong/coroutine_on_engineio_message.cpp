// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(const socketio::engineio::socket& socket) {
  socket.on_message([](std::string_view, bool) -> boost::asio::awaitable<void> { co_return; });
}
