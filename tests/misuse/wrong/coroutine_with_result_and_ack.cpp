// error: a handler acknowledges either with its result or with its ack, not with both

void misuse(const socketio::socket& socket) {
  socket.on("x",
            [](int number, socketio::ack) -> boost::asio::awaitable<int> { co_return number; });
}
