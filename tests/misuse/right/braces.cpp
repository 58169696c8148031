// Lists in braces, in each place that takes them, and what else an argument may be.

void use(const socketio::socket& socket, const socketio::ack& reply) {
  const socketio::json constant = 1;
  socketio::json variable = 1;

  socket.emit("x", {});
  socket.emit("x", {{"n", 1}});
  socket.emit("x", {1, "two", nullptr, {3.5, true}});
  socket.emit("x", {{"n", {{"deep", {1, 2}}}}, {"constant", constant}});
  socket.emit("x", 1, {{"n", 1}});
  socket.emit("x", {{"n", 1}}, "text");
  socket.emit("x", nullptr, std::string("text"), {{"n", 1}});
  socket.emit("x", {{"n", 1}}, {1, 2}, {"a", "b"}, 4);
  socket.emit("x", {{"n", 1}}, [](int) {});
  socket.emit("x", 1, {{"n", 1}}, [](socketio::error_code, int) {});
  socket.emit("x", constant, variable, socketio::json(variable), std::vector<std::string>{"a"});
  socket.volatile_().emit("x", {{"n", 1}});
  socket.to("room").emit("x", {{"n", 1}});
  socket.send({{"n", 1}});
  socket.send("text", {{"n", 1}});
  socket.emit_with_ack("x", {{"n", 1}}, [](socketio::error_code, const socketio::json&) {});

  reply({{"n", 1}});
  reply(nullptr, {{"n", 1}});
  reply("text", 2, {{"n", 1}}, variable);
}
