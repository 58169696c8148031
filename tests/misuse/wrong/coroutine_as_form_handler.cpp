// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(socketio::server& io) {
  io.http().form("/", {},
                 [](const socketio::http_request&, socketio::form,
                    socketio::http_reply) -> boost::asio::awaitable<void> { co_return; });
}
