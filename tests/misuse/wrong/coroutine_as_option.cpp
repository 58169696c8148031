// error: a handler may not be a coroutine yet; start one with boost::asio::co_spawn

void misuse(socketio::server_options& options) {
  options.allow_request = [](const auto&, auto) -> boost::asio::awaitable<void> { co_return; };
}
