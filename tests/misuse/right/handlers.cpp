// Handlers of every kind, all move-only; the ones that return something, which is ignored.

void use(socketio::server& io, const socketio::socket& socket) {
  auto state = std::make_unique<int>(1);
  auto kept = [state = std::move(state)](int) {};
  socket.on("x", std::move(kept));
  socket.once("x", [state = std::make_unique<int>(1)](int, const socketio::ack&) mutable {
    return ++*state;
  });
  socket.on_any([state = std::make_unique<int>(1)](auto, const socketio::arguments&) {});
  socket.on_any_outgoing(
      [state = std::make_unique<int>(1)](std::string_view, const socketio::arguments&) {});
  socket.post([state = std::make_unique<int>(1)] {});
  socket.emit("x", 1, [state = std::make_unique<int>(1)](int) {});
  socket.emit_with_ack(
      "x", [state = std::make_unique<int>(1)](socketio::error_code, const socketio::json&) {});

  io.on("connection", [state = std::make_unique<int>(1)](const socketio::socket&) {});
  io.use([state = std::make_unique<int>(1)](auto, auto next) { next(); });
  io.post([state = std::make_unique<int>(1)] {});
  io.fetch_sockets([state = std::make_unique<int>(1)](
                       socketio::error_code, const std::vector<socketio::remote_socket>&) {});
  io.http().get("/", [state = std::make_unique<int>(1)](const socketio::http_request&) {
    return socketio::http_response(200, "text/plain", "fine");
  });
  io.http().form(
      "/", {},
      [state = std::make_unique<int>(1)](const socketio::http_request&, const socketio::form&,
                                         const socketio::http_reply&) {});
}

void views(const socketio::socket& socket) {
  socket.on("x", [](const socketio::arguments&, const socketio::ack&) {});
  socket.on("x", [](std::string_view, std::span<const std::byte>, socketio::json_view,
                    socketio::raw_json, const std::vector<std::string_view>&,
                    std::optional<std::string_view>, std::string&&) {});
  socket.emit("x", [](socketio::error_code, std::string_view, std::span<const std::byte>,
                      socketio::json_view) {});
}

void set(socketio::server_options& options, socketio::websocket::route& route) {
  options.allow_request = [](const socketio::http_request&, auto decide) { decide(std::nullopt); };
  options.headers = nullptr;
  route.on_open = [](const auto&) {};
  auto copy = route;
  copy.on_message = [](const auto&, std::string_view, bool) {};
  copy.on_ping = std::function<void(socketio::websocket::socket, std::string_view)>();
}
