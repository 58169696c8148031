#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <socketio/server.hpp>

#include "client.hpp"

namespace integration {

/// Hands values from any thread to the thread that waits for them.
template <class Value>
class channel {
 public:
  void push(Value value) {
    // Notified under the lock: whoever pops the value may destroy the channel.
    const std::scoped_lock lock(mutex_);
    values_.push_back(std::move(value));
    ready_.notify_one();
  }

  /// Waits for the next value; throws if none comes in time.
  Value pop() {
    std::unique_lock lock(mutex_);
    if (!ready_.wait_for(lock, patience, [this] { return !values_.empty(); })) {
      throw std::runtime_error("nothing came in time");
    }
    auto value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

  [[nodiscard]] bool empty() const {
    const std::scoped_lock lock(mutex_);
    return values_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Value> values_;
};

[[nodiscard]] inline socketio::server_options options_with(std::size_t threads) {
  socketio::server_options options;
  options.threads = threads;
  options.serve_client = false;
  return options;
}

/// A server that runs in its own thread.
class server_fixture {
 public:
  explicit server_fixture(const socketio::server_options& options = options_with(1)) : io(options) {
    io.on_error([this](const socketio::handler_error& error) {
      auto where = std::string(error.where);
      if (!error.event.empty()) where.append(" ").append(error.event);
      errors.push(where + ": " + error.message());
    });
  }
  ~server_fixture() { close(); }
  server_fixture(const server_fixture&) = delete;
  server_fixture& operator=(const server_fixture&) = delete;

  /// Closes the server at the end of the scope, before the destructors of objects declared earlier,
  /// which handlers may use.
  class [[nodiscard]] running {
   public:
    explicit running(server_fixture& started) : server_(started) {}
    ~running() { server_.close(); }
    running(const running&) = delete;
    running& operator=(const running&) = delete;

   private:
    server_fixture& server_;
  };

  /// Listens on a free port and runs the server. Add handlers and routes before.
  running start() {
    where_.port = io.listen(0);
    return run();
  }
  /// Runs the server, after the test has called listen().
  running run() {
    thread_ = std::jthread([this] { io.run(); });
    return running(*this);
  }
  /// Closes the server and waits until it has ended.
  void close() {
    io.close();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] const endpoint& where() const { return where_; }

  channel<std::string> errors;
  socketio::server io;

 private:
  endpoint where_;
  std::jthread thread_;
};

/// A test whose parameter is the server's number of threads.
class server_test : public ::testing::TestWithParam<std::size_t> {
 protected:
  server_test() : server(options_with(GetParam())) {}

  /// Returns a client connected to the namespace `/`.
  [[nodiscard]] std::unique_ptr<socket_client> connect() {
    auto client = std::make_unique<socket_client>(server.where());
    client->connect();
    return client;
  }

  server_fixture server;
};

[[nodiscard]] inline std::string threads_name(const ::testing::TestParamInfo<std::size_t>& info) {
  return std::to_string(info.param) + (info.param == 1 ? "_thread" : "_threads");
}

}  // namespace integration
