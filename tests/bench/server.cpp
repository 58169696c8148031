// socketio-bench-server: the events that socketio-bench measures, on this server.
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>
#include <span>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "../conformance/program.hpp"

namespace {

using socketio::ack;

// A thread of the application's, which broadcasts what it is given.
class foreign_thread {
 public:
  explicit foreign_thread(socketio::server& io)
      : thread_([this, &io](const std::stop_token& stop) { run(io, stop); }) {}

  void broadcast(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    texts_.push_back(text);
    given_.notify_one();
  }

 private:
  void run(socketio::server& io, const std::stop_token& stop) {
    std::vector<std::string> texts;
    while (true) {
      std::unique_lock lock(mutex_);
      if (!given_.wait(lock, stop, [this] { return !texts_.empty(); })) return;
      texts.swap(texts_);
      lock.unlock();
      for (const auto& text : texts) io.emit("broadcast", text);
      texts.clear();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any given_;
  std::vector<std::string> texts_;
  std::jthread thread_;
};

void add_events(socketio::server& io, const socketio::socket& socket,
                const std::function<void(const std::string&)>& broadcast) {
  socket.on("echo", [](std::string_view text, const ack& reply) { reply(text); });
  socket.on("binary", [](std::span<const std::byte> bytes, const ack& reply) { reply(bytes); });
  // By reference, as other handlers: a copy would count as the memory of a client.
  socket.on("broadcast", [&broadcast](const std::string& text) { broadcast(text); });
  socket.on("room", [&io](const std::string& room, const std::string& text) {
    io.to(room).emit("room", text);
  });
  socket.on("join", [socket](const std::vector<std::string>& rooms, const ack& reply) {
    socket.join(rooms);
    reply();
  });
  socket.on("visit", [socket](const std::string& room, const ack& reply) {
    socket.join(room);
    socket.leave(room);
    reply();
  });
}

socketio::websocket::route echo_route(std::size_t max_payload) {
  socketio::websocket::route echo;
  echo.max_message_size = max_payload;
  echo.on_message = [](const socketio::websocket::socket& socket, std::string_view message,
                       bool /*binary*/) { socket.send(message); };
  return echo;
}

}  // namespace

int main(int argc, char** argv) {
  return test_program::run([&] {
    auto allowed = test_program::common_options();
    allowed.emplace_back("--broadcast-on");  // foreign-thread
    const test_program::command_line arguments(argc, argv, allowed);
    const auto options = test_program::server_options(arguments);
    socketio::server io(options);
    std::optional<foreign_thread> other;
    std::function<void(const std::string&)> broadcast = [&](const std::string& text) {
      io.emit("broadcast", text);
    };
    if (arguments.text("--broadcast-on") == "foreign-thread") {
      other.emplace(io);
      broadcast = [&](const std::string& text) { other->broadcast(text); };
    }
    io.on("connection", [&](const socketio::socket& socket) { add_events(io, socket, broadcast); });
    io.websocket("/echo", echo_route(options.max_payload));
    io.close_on_signal();
    test_program::listen(io.http(), arguments);
    io.run();
  });
}
