// A whiteboard that all visitors share: whatever one of them draws appears for the others.
// Serves the pages in examples/whiteboard/, or those of the folder that the command line names.
#include <iostream>
#include <socketio/server.hpp>

int main(int argc, char** argv) {
  socketio::server io;
  io.http().serve_folder("/", argc > 1 ? argv[1] : "examples/whiteboard");

  io.on("connection", [](socketio::socket socket) {
    // The server passes the line on as it is, without reading it.
    socket.on("drawing",
              [socket](socketio::raw_json line) { socket.broadcast().emit("drawing", line); });
  });

  std::cout << "listening on port " << io.listen(3000) << std::endl;
  io.run();
}
