// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(socketio::server& io) {
  io.http().get("/",
                [](const socketio::http_request&, std::string_view,
                   socketio::http_reply) -> boost::asio::awaitable<void> { co_return; });
}
