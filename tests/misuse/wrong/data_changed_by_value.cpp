// error: the function of update_data() has to take json&, else its changes are lost
void change(socketio::socket socket) {
  socket.update_data([](socketio::json data) { data["user"] = "ann"; });
}
