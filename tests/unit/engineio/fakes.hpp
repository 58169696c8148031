#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/http.hpp>

/// Stand-ins for what the host gives the engine.
namespace socketio::engineio::fakes {

/// A WebSocket whose client is the test.
class websocket_client final : public websocket_connection {
 public:
  void set_handler(websocket_handler* handler) override { handler_ = handler; }
  void tell_drain() override { drain_told = true; }

  void send(websocket::opcode code, std::string_view head, std::string_view body) override {
    if (ended()) return;
    const bool binary = code == websocket::opcode::binary;
    sent.push_back((binary ? "binary:" : "") + std::string(head) + std::string(body));
  }

  void send_moved(websocket::opcode code, std::string_view head, std::string&& body) override {
    send(code, head, body);
  }

  void send_shared(websocket::opcode code, std::string_view head,
                   const shared_bytes& body) override {
    send(code, head, body.characters());
  }

  void send(const shared_message& message) override {
    if (ended()) return;
    sent.push_back((message->is_binary() ? "binary:" : "") + std::string(message->payload()));
    shared.push_back(message);
  }

  void close(websocket::close_code code, std::string_view /*reason*/) override {
    if (!ended()) closed_with = code;
    handler_ = nullptr;
  }

  void abort(std::string_view error) override {
    disconnect(websocket::close_code::abnormal, error);
  }
  void pause() override { paused = true; }
  void resume() override { paused = false; }

  [[nodiscard]] bool take_heard() override { return true; }
  [[nodiscard]] bool writable() const override { return is_writable; }
  [[nodiscard]] std::size_t buffered() const override { return 0; }

  /// Sends a message to the server.
  void receive(std::string_view message, bool binary = false) {
    if (handler_ != nullptr && !ended()) handler_->handle_message({message, binary});
  }

  /// The network has accepted everything.
  void drain() {
    if (handler_ != nullptr) handler_->handle_drain();
  }

  /// Ends the connection from the client's side.
  void disconnect(websocket::close_code code, std::string_view error = {}) {
    disconnected_ = true;
    if (auto* handler = std::exchange(handler_, nullptr)) handler->handle_close(code, {}, error);
  }

  [[nodiscard]] bool ended() const { return closed_with.has_value() || disconnected_; }
  [[nodiscard]] bool has_handler() const { return handler_ != nullptr; }

  websocket_settings settings;
  bool paused = false;
  /// The messages sent to the client: text as it is, binary after `binary:`.
  std::vector<std::string> sent;
  /// The messages among these that others may receive, too.
  std::vector<shared_message> shared;
  std::optional<websocket::close_code> closed_with;
  bool is_writable = true;
  bool drain_told = false;

 private:
  websocket_handler* handler_ = nullptr;
  bool disconnected_ = false;
};

/// A request and what became of it.
struct answer {
  http_request request;
  std::optional<http_response> response;
  std::shared_ptr<websocket_client> connection;
  std::function<void()> aborted;
  bool dropped = false;  ///< the exchange was destroyed without a response

  [[nodiscard]] bool pending() const { return !response && !dropped; }
  [[nodiscard]] unsigned status() const { return response ? response->status : 0; }
  [[nodiscard]] std::string body() const { return response ? response->body : "no response"; }

  /// Aborts the request from the client's side.
  void abort() {
    if (const auto function = std::exchange(aborted, nullptr)) function();
  }
};

class exchange final : public http_exchange {
 public:
  explicit exchange(std::shared_ptr<answer> result) : answer_(std::move(result)) {}
  ~exchange() override {
    if (!answer_->response) answer_->dropped = true;
    answer_->aborted = nullptr;
  }

  [[nodiscard]] http_request& request() override { return answer_->request; }

  void respond(http_response response) override {
    EXPECT_FALSE(answer_->response) << "a request is answered once";
    answer_->response = std::move(response);
  }

  std::shared_ptr<websocket_connection> upgrade(http_response response,
                                                const websocket_settings& settings) override {
    EXPECT_FALSE(answer_->response) << "a request is answered once";
    answer_->response = std::move(response);
    answer_->connection = std::make_shared<websocket_client>();
    answer_->connection->settings = settings;
    return answer_->connection;
  }

  void on_abort(std::function<void()> function) override { answer_->aborted = std::move(function); }

 private:
  std::shared_ptr<answer> answer_;
};

/// A request whose body the client has not sent whole.
struct incomplete_post {
  http_request request;
  std::shared_ptr<const std::function<void()>> cut_off;  ///< kept by the host
  bool accepted = false;                                 ///< else the host answers with 400
  int times_cut_off = 0;
};

/// Runs a context step by step.
class runner {
 public:
  explicit runner(boost::asio::io_context& context) : context_(context) {}

  /// Calls a function on the context, then runs every handler that is ready.
  template <class Function>
  void run(Function function) {
    boost::asio::post(context_, std::move(function));
    context_.restart();
    context_.poll();
  }

  /// Runs until a condition holds. @return false if it does not within 10 seconds
  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      context_.restart();
      context_.run_one_for(10ms);
    }
    return true;
  }

 private:
  boost::asio::io_context& context_;
};

/// A request of an Engine.IO client.
inline http_request make_request(std::string method, std::string query, std::string body = {}) {
  http_request request;
  request.method = std::move(method);
  request.target = "/engine.io/?" + std::move(query);
  request.headers.append("Host", "localhost");
  request.body = std::move(body);
  return request;
}

/// A request of an Engine.IO client that asks for a WebSocket.
inline http_request make_upgrade_request(std::string query) {
  auto request = make_request("GET", std::move(query));
  request.headers.append("Connection", "Upgrade");
  request.headers.append("Upgrade", "websocket");
  request.headers.append("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  request.headers.append("Sec-WebSocket-Version", "13");
  return request;
}

}  // namespace socketio::engineio::fakes
