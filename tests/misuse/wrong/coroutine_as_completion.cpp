// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack(
      "x", [](socketio::error_code, const socketio::json&) -> boost::asio::awaitable<void> {
        co_return;
      });
}
