// What a call returns, and need not be looked at.

void use(socketio::server& io, const socketio::socket& socket) {
  io.of("/x");
  socket.on("x", [] {});
  socket.disconnect();
  socket.disconnect(true);
  io.in("room").disconnect_sockets(true);
}
