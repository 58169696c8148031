// error: a coroutine takes its typed_ack by value

void misuse(const socketio::typed_socket<chat>& socket) {
  socket.on<"sum">(
      [](int, int, const socketio::typed_ack<int>&) -> boost::asio::awaitable<void> { co_return; });
}
