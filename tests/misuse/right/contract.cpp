// Events of a contract: handlers, values and answers of every kind.

void handle(const socketio::typed_socket<chat>& socket) {
  socket.on<"chat message">([](const std::string&) {});
  socket.on<"chat message">([](std::string_view) {});
  socket.on<"chat message">([](const socketio::json&) {});
  socket.on<"chat message">([](const socketio::arguments&) {});
  socket.on<"chat message">([](std::optional<std::string_view>) {});
  socket.on<"chat message">([state = std::make_unique<int>(1)](std::string&&) mutable {});
  socket.on<"chat message">([] {});
  socket.on<"sum">([](int a, int b) { return a + b; });
  socket.on<"sum">([state = std::make_unique<int>(1)](int) { return std::int8_t{1}; });
  socket.on<"sum">(
      [](int a) -> boost::asio::awaitable<std::int8_t> { co_return static_cast<std::int8_t>(a); });
  socket.on<"sum">([](int, int, const socketio::typed_ack<int>& reply) { reply(3); });
  socket.on<"sum">([](const socketio::arguments&, socketio::typed_ack<int>) {});
  socket.on<"login">([](const std::string& name) { return std::tuple(true, name); });
  socket.on<"login">([](std::string_view name) { return std::tuple(true, name); });
  socket.on<"login">(
      [](const socketio::typed_ack<std::tuple<bool, std::string>>& reply) { reply({}, {"x"}); });
  socket.on<"disconnect">([](socketio::disconnect_reason, std::string_view) {});
  socket.on<"error">([](const std::string&) {});
}

struct bot {
  int sum(int a, int b);
  void answer(socketio::error_code, const std::string& name);
};

void members(const socketio::typed_socket<chat>& socket, bot& helper) {
  socket.on<"sum">(std::bind_front(&bot::sum, &helper));
  socket.emit<"name?">(true, std::bind_front(&bot::answer, &helper));
}

void emit(const socketio::typed_socket<chat>& socket, const socketio::typed_namespace<chat>& io) {
  socket.emit<"chat message">("text");
  socket.emit<"count">(std::size_t{1});
  socket.emit<"count">({1});
  socket.emit<"any">({{"n", 1}}, {{"one", 1}, {"two", 2}}, {1, "x"}, nullptr);
  socket.broadcast().emit<"any">(1, {}, {1, "x"}, socketio::json::array({1, 2}));
  socket.emit<"any?">({{"n", 1}}, [](int) {});
  socket.emit_with_ack<"any?">({1, 2}, [](socketio::error_code, int) {});
  socket.emit<"name?">(true, [](const std::string&) {});
  socket.emit<"name?">(true, [](socketio::error_code, std::string_view) {});
  socket.emit_with_ack<"name?">(true, [](socketio::error_code, const std::string&) {});
  io.emit<"name?">(true, [](socketio::error_code, const std::vector<std::string>&) {});
  io.to("room").volatile_().emit<"count">(1);
  io.server_side_emit<"load?">("cpu", [](socketio::error_code, const std::vector<int>&) {});
  socket.untyped().emit("anything", 1);
}

void connect(socketio::server& server) {
  const socketio::typed_namespace<chat> io(server);
  io.on("connection", [](const socketio::typed_socket<chat>&) {});
  io.on("connection", [](auto socket) { socket.template on<"sum">([](int) { return 1; }); });
  io.on("connection",
        [](socketio::typed_socket<chat>) -> boost::asio::awaitable<void> { co_return; });
  io.use([](const socketio::socket&, const socketio::next& next) { next(); });
  const socketio::typed_namespace<quiet> other(server.of("/quiet"));
  other.untyped().emit("anything");
}
