// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(socketio::server& io) {
  io.http().form("/", {},
                 [](const socketio::http_request&, socketio::form,
                    socketio::http_reply) -> boost::asio::awaitable<void> { co_return; });
}
