// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(socketio::websocket::route& route) {
  route.on_open = [](socketio::websocket::socket) -> boost::asio::awaitable<void> { co_return; };
}
