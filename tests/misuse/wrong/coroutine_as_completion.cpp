// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack(
      "x", [](socketio::error_code, const socketio::json&) -> boost::asio::awaitable<void> {
        co_return;
      });
}
