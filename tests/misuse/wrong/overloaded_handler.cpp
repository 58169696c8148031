// error: a handler is a function, or a lambda without auto, whose parameters say what it takes

struct handler {
  void operator()(int);
  void operator()(const std::string&);
};

void misuse(const socketio::socket& socket) {
  socket.on("x", handler());
}
