// socketio-contract: writes the documents of a contract, or serves it to TypeScript's client:
//   socketio-contract --write typescript|async-api
//   socketio-contract --port N
#include <iostream>
#include <numeric>
#include <stdexcept>

#include <socketio/contract_documents.hpp>
#include <socketio/server.hpp>

#include "../conformance/program.hpp"
#include "contract.hpp"

namespace {

using namespace contract_test;

void write(const std::string& document) {
  if (document == "typescript") {
    std::cout << socketio::write_typescript<contract>();
  } else if (document == "async-api") {
    socketio::async_api_info info("Drawing", "1.2.3");
    info.description = "Draws together";
    std::cout << socketio::write_async_api<contract>(info);
  } else {
    throw std::invalid_argument("the documents are typescript and async-api");
  }
}

void serve(const socketio::typed_namespace<contract>& io) {
  io.on("connection", [io](const socketio::typed_socket<contract>& socket) {
    socket.on<"chat message">([io](std::string_view text) { io.emit<"chat message">(text); });
    socket.on<"sum">([](int a, int b) { return a + b; });
    socket.on<"divide">([](int a, int b, const socketio::typed_ack<std::tuple<int, int>>& reply) {
      reply(a / b, a % b);
    });
    socket.on<"draw">([socket](const shape& drawn) {
      socket.emit<"shape">(drawn, std::array{1, 2}, std::pair(std::string("scale"), 1.5));
      return std::accumulate(drawn.points.begin(), drawn.points.end(), point{},
                             [](const point& a, const point& b) {
                               return point{a.x + b.x, a.y + b.y};
                             });
    });
    socket.on<"image">([socket](const socketio::binary& bytes) {
      socket.emit<"image">(bytes);
      return bytes.size();
    });
    socket.on<"join">([socket](const std::string& name, std::optional<std::string_view> title) {
      socket.emit<"welcome">(name, 7, title);
      socket.emit<"name?">(true, [socket](const std::string& answer) { socket.send(answer, 1); });
    });
    socket.on<"count">([](const std::vector<std::string>& words) {
      std::map<std::string, int> counts;
      for (const auto& word : words) ++counts[word];
      return counts;
    });
    socket.on<"done">([] { return std::tuple(); });
    socket.on<"anything">(
        [socket](const socketio::json& value) { socket.emit<"anything">(value); });
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test_program::run([&] {
    auto options = test_program::common_options();
    options.emplace_back("--write");
    const test_program::command_line arguments(argc, argv, options);
    if (arguments.has("--write")) return write(arguments.text("--write"));
    socketio::server io(test_program::server_options(arguments));
    serve(socketio::typed_namespace<contract>(io));
    io.close_on_signal();
    test_program::listen(io.http(), arguments);
    io.run();
  });
}
