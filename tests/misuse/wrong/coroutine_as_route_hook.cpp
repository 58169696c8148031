// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(socketio::websocket::route& route) {
  route.on_open = [](socketio::websocket::socket) -> boost::asio::awaitable<void> { co_return; };
}
