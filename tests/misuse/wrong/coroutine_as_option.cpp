// error: this function may not be a coroutine; start one in it with boost::asio::co_spawn

void misuse(socketio::server_options& options) {
  options.allow_request = [](const auto&, auto) -> boost::asio::awaitable<void> { co_return; };
}
