// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(const socketio::socket& socket) {
  socket.on_any([](std::string_view, const socketio::arguments&) -> boost::asio::awaitable<void> {
    co_return;
  });
}
