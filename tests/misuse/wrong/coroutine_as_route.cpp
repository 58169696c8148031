// error: a route's handler that is a coroutine returns a

void misuse(socketio::server& io) {
  io.http().get("/", [](const socketio::http_request&) -> boost::asio::awaitable<std::string> {
    co_return "text";
  });
}
