// A program as applications write it, a chat server, with a client that tries it. It prints what
// the client sees.
#include <boost/asio.hpp>
#include <cstdint>
#include <exception>
#include <iostream>
#include <socketio/server.hpp>
#include <socketio/websocket_client.hpp>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> chat(std::uint16_t port) {
  socketio::websocket::client client(co_await asio::this_coro::executor);
  const auto url =
      "ws://127.0.0.1:" + std::to_string(port) + "/socket.io/?EIO=4&transport=websocket";
  co_await client.connect(url, asio::use_awaitable);
  co_await client.read(asio::use_awaitable);  // the session's id
  client.send("40");
  co_await client.read(asio::use_awaitable);  // the socket's id
  client.send(R"(42["fail"])");
  client.send(R"(42["chat message","hello"])");
  const auto message = co_await client.read(asio::use_awaitable);
  std::cout << message.data << '\n';
}

asio::awaitable<void> fetch_browser_client(std::uint16_t port) {
  asio::ip::tcp::socket connection(co_await asio::this_coro::executor);
  const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port);
  co_await connection.async_connect(server, asio::use_awaitable);
  const std::string request =
      "GET /socket.io/socket.io.min.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  co_await asio::async_write(connection, asio::buffer(request), asio::use_awaitable);
  std::string response;
  boost::system::error_code end;
  co_await asio::async_read(connection, asio::dynamic_buffer(response),
                            asio::redirect_error(asio::use_awaitable, end));
  std::cout << response << '\n';
}

asio::awaitable<void> try_server(socketio::server& io, std::uint16_t port) {
  co_await chat(port);
  co_await fetch_browser_client(port);
  io.close();
}

int main() {
  asio::io_context context;
  socketio::server io(context);
  io.on("connection", [&io](socketio::socket socket) {
    socket.on("fail", [] { throw std::runtime_error("thrown by a handler"); });
    socket.on("chat message", [&io](const std::string& text) { io.emit("chat message", text); });
  });
  try {
    io.emit("disconnect");
  } catch (const std::invalid_argument&) {
    std::cout << "misuse\n";
  }
  const auto port = io.listen(0);
  asio::co_spawn(context, try_server(io, port), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
}
