// error: a coroutine takes values, not views, which end when it waits

void misuse(const socketio::socket& socket) {
  socket.on("x", [](std::string_view) -> boost::asio::awaitable<void> { co_return; });
}
