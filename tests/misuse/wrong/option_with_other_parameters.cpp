// error: a function's parameters and its result have to be those of the option

void misuse(socketio::websocket::route& route) {
  route.on_message = [](std::string_view) {};
}
