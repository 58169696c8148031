#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <future>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <socketio/websocket_client.hpp>

#include "client.hpp"

namespace integration {

/// The project's own WebSocket client with blocking calls.
class native_client {
 public:
  explicit native_client(socketio::websocket::client_options options = {})
      : client_(context_.get_executor(), std::move(options)), thread_([this] { context_.run(); }) {}
  /// Also connects.
  native_client(const endpoint& where, std::string_view path,
                socketio::websocket::client_options options = {})
      : native_client(std::move(options)) {
    connect(where, path);
  }
  ~native_client() {
    client_.close();
    context_.stop();
    thread_.join();
  }
  native_client(const native_client&) = delete;
  native_client& operator=(const native_client&) = delete;

  /// Connects to a path of a server. @throws boost::system::system_error if that fails
  void connect(const endpoint& where, std::string_view path) {
    const auto url = std::string(where.tls ? "wss" : "ws") +
                     "://localhost:" + std::to_string(where.port) + std::string(path);
    wait(client_.connect(url, boost::asio::use_future));
  }

  /// Waits for the next message; nothing at the end, of which ended_with() tells the error.
  [[nodiscard]] std::optional<socketio::websocket::message> next() {
    try {
      return wait(client_.read(boost::asio::use_future));
    } catch (const boost::system::system_error& error) {
      ended_with_ = error.code();
      return std::nullopt;
    }
  }
  /// Waits for the next message and returns its bytes; `(end)` at the end.
  [[nodiscard]] std::string text() {
    const auto received = next();
    return received ? received->data : "(end)";
  }
  [[nodiscard]] boost::system::error_code ended_with() const { return ended_with_; }

  socketio::websocket::client& operator*() { return client_; }
  socketio::websocket::client* operator->() { return &client_; }

 private:
  template <class Result>
  static Result wait(std::future<Result> result) {
    if (result.wait_for(patience) != std::future_status::ready) {
      throw std::runtime_error("nothing came in time");
    }
    return result.get();
  }

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  socketio::websocket::client client_;
  boost::system::error_code ended_with_;
  std::thread thread_;
};

}  // namespace integration
