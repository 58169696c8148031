// error: the last argument has to be a completion token, such as boost::asio::use_awaitable, or a
// function

void misuse(const socketio::socket& socket) {
  socket.emit_with_ack("x", {{"n", 1}});
}
