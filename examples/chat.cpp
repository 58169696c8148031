// One room in which everybody hears everybody: who comes and goes, who is typing, and what they
// say. Serves the pages of the folder that the command line names.
#include <iostream>
#include <socketio/server.hpp>

struct user {
  std::string name;
};

int main(int argc, char** argv) {
  socketio::server io;
  if (argc > 1) io.http().serve_folder("/", argv[1]);

  int user_count = 0;  // without a lock: the server has one thread

  io.on("connection", [&user_count](socketio::socket socket) {
    socket.on("add user", [socket, &user_count](const std::string& name) {
      if (socket.data<user>()) return;
      socket.emplace_data<user>(name);
      ++user_count;
      socket.emit("login", {{"numUsers", user_count}});
      socket.broadcast().emit("user joined", {{"username", name}, {"numUsers", user_count}});
    });
    socket.on("new message", [socket](const std::string& text) {
      const auto sender = socket.data<user>();
      if (!sender) return;
      socket.broadcast().emit("new message", {{"username", sender->name}, {"message", text}});
    });
    for (const auto* event : {"typing", "stop typing"}) {
      socket.on(event, [socket, event] {
        if (const auto typist = socket.data<user>()) {
          socket.broadcast().emit(event, {{"username", typist->name}});
        }
      });
    }
    socket.on("disconnect", [socket, &user_count] {
      const auto gone = socket.data<user>();
      if (!gone) return;
      --user_count;
      socket.broadcast().emit("user left", {{"username", gone->name}, {"numUsers", user_count}});
    });
  });

  std::cout << "listening on port " << io.listen(3000) << std::endl;
  io.run();
}
