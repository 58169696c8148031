// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(const socketio::engineio::socket& socket) {
  socket.on_message([](std::string_view, bool) -> boost::asio::awaitable<void> { co_return; });
}
