// Handlers of every kind, all move-only; results, which acknowledge.

void use(socketio::server& io, const socketio::socket& socket) {
  auto state = std::make_unique<int>(1);
  auto kept = [state = std::move(state)](int) {};
  socket.on("x", std::move(kept));
  socket.once("x", [state = std::make_unique<int>(1)](int) mutable { return ++*state; });
  socket.on(
      "x",
      [state = std::make_unique<int>(1)](int) -> boost::asio::awaitable<std::tuple<int, bool>> {
        co_return std::tuple(*state, true);
      });
  socket.on_any([state = std::make_unique<int>(1)](auto, const socketio::arguments&) {});
  socket.on_any_outgoing(
      [state = std::make_unique<int>(1)](std::string_view, const socketio::arguments&) {});
  socket.post([state = std::make_unique<int>(1)] {});
  socket.emit("x", 1, [state = std::make_unique<int>(1)](int) {});
  socket.emit("x", 1, [](int) { return std::make_unique<int>(1); });  // acknowledges nothing
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

struct game {
  void move(int);
  [[nodiscard]] int score(const std::string& player) const;
  boost::asio::awaitable<std::string> name(int player);
  void join(socketio::socket player);
  void answer(socketio::error_code, int);
  void message(std::string_view event, const socketio::arguments& values);
  socketio::http_response page(const socketio::http_request& request);
  void allow(const socketio::http_request& request, socketio::http_fields& fields,
             socketio::http_next next);
};
void greet(game& played, const socketio::socket& player, std::optional<int> age);

void members(socketio::server& io, const socketio::socket& socket, game& played) {
  socket.on("x", std::bind_front(&game::move, &played));
  socket.once("x", std::bind_front(&game::score, std::make_shared<game>()));
  socket.on("x", std::bind_front(&game::score, std::make_unique<game>()));
  socket.on("x", std::bind_front(&game::name, std::ref(played)));
  socket.on("x", std::bind_front(&game::name, &played, 7));
  socket.on("x", std::bind_front(greet, std::ref(played), socket));
  socket.on("x", std::bind_front([](int offset, int n) { return offset + n; }, 1));
  socket.on_any(std::bind_front(&game::message, &played));
  socket.emit("x", 1, std::bind_front(&game::answer, &played));
  socket.emit_with_ack<int>("x", std::bind_front(&game::answer, &played));
  io.on("connection", std::bind_front(&game::join, &played));
  io.http().get("/", std::bind_front(&game::page, &played));
  io.http().use(std::bind_front(&game::allow, &played));
  io.engine().use(std::bind_front(&game::allow, &played));
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
