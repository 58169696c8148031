// The hot path: a client's message through Engine.IO and Socket.IO to its handler, and the reply
// back to the connection. Without a network: frames and system calls are not part of it.
#include <benchmark/benchmark.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <socketio/core.hpp>
#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/server.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/engineio/websocket_connection.hpp>
#include <socketio/protocol/msgpack_codec.hpp>
#include <socketio/socket.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "allocations.hpp"

namespace {

namespace engineio = socketio::engineio;
namespace websocket = socketio::websocket;
using socketio::ack;

// A connection that counts the messages sent to it.
class counting_connection final : public engineio::websocket_connection {
 public:
  void set_handler(engineio::websocket_handler* handler) override { handler_ = handler; }
  void tell_drain() override {}
  void send(websocket::opcode /*code*/, std::string_view head, std::string_view body) override {
    sent_bytes += head.size() + body.size();
    ++sent;
  }
  void send_moved(websocket::opcode code, std::string_view head, std::string&& body) override {
    send(code, head, body);
  }
  void send_shared(websocket::opcode code, std::string_view head,
                   const socketio::shared_bytes& body) override {
    send(code, head, body.characters());
  }
  void send(const engineio::shared_message& message) override {
    sent_bytes += message->frame().size() + message->shared().size();
    ++sent;
  }
  void close(websocket::close_code /*code*/, std::string_view /*reason*/) override {
    handler_ = nullptr;
  }
  void abort(std::string_view error) override { throw std::runtime_error(std::string(error)); }
  void pause() override {}
  void resume() override {}
  [[nodiscard]] bool take_heard() override { return true; }
  [[nodiscard]] bool writable() const override { return true; }
  [[nodiscard]] std::size_t buffered() const override { return 0; }

  void receive(std::string_view message, bool binary = false) {
    if (handler_ == nullptr) throw std::runtime_error("the connection has been closed");
    handler_->handle_message({message, binary});
  }

  std::size_t sent = 0;
  std::size_t sent_bytes = 0;

 private:
  engineio::websocket_handler* handler_ = nullptr;
};

// A handshake that always upgrades to such a connection.
class upgrade_exchange final : public engineio::http_exchange {
 public:
  explicit upgrade_exchange(std::shared_ptr<counting_connection> connection)
      : connection_(std::move(connection)) {
    request_.method = "GET";
    request_.target = "/socket.io/?EIO=4&transport=websocket";
    request_.headers = {{"Host", "localhost"},
                        {"Connection", "Upgrade"},
                        {"Upgrade", "websocket"},
                        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                        {"Sec-WebSocket-Version", "13"}};
  }
  [[nodiscard]] socketio::http_request& request() override { return request_; }
  void respond(socketio::http_response response) override {
    throw std::runtime_error(response.body);
  }
  std::shared_ptr<engineio::websocket_connection> upgrade(
      socketio::http_response /*response*/,
      const engineio::websocket_settings& /*settings*/) override {
    return connection_;
  }
  void on_abort(std::function<void()> /*aborted*/) override {}

 private:
  socketio::http_request request_;
  std::shared_ptr<counting_connection> connection_;
};

// A packet of a client as a message of Engine.IO, in the default format or in MessagePack.
struct message {
  std::string data;
  bool binary = false;
};

message text(std::string data) {
  return {std::move(data)};
}

message msgpack(const nlohmann::json& packet) {
  message encoded;
  encoded.binary = true;
  nlohmann::json::to_msgpack(packet, encoded.data);
  return encoded;
}

socketio::core_options options_for(const message& spoken) {
  socketio::core_options options;
  if (spoken.binary) options.parser = socketio::msgpack_codec();
  return options;
}

// A server whose clients are connected to the namespace `/`, as a first message asks for.
class server {
 public:
  server(std::size_t clients, const message& connect) : core_(engine_, options_for(connect)) {
    core_.on_error([](const socketio::handler_error& error) {
      std::cerr << error.message() << '\n';
      std::abort();
    });
    core_.of("/").on("connection", [this](const socketio::socket& socket) {
      socket.on("echo", [](const std::string& text, const ack& reply) { reply(text); });
      socket.on("relay",
                [](const socketio::arguments& values, const ack& reply) { reply(values); });
      socket.on("json", [](const socketio::json& value, const ack& reply) { reply(value); });
      socket.on("broadcast",
                [this](const std::string& text) { core_.of("/").emit("broadcast", text); });
    });
    for (std::size_t i = 0; i < clients; ++i) {
      auto connection = std::make_shared<counting_connection>();
      run([&] { engine_.handle(*shard_, std::make_unique<upgrade_exchange>(connection)); });
      run([&] { connection->receive(connect.data, connect.binary); });
      connections_.push_back(std::move(connection));
    }
  }
  ~server() { shard_->stop(); }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // Calls a function on the shard, and runs everything that follows from it.
  template <class Function>
  void run(Function&& function) {
    boost::asio::post(context_, std::forward<Function>(function));
    context_.restart();
    context_.poll();
  }

  [[nodiscard]] counting_connection& client(std::size_t index) { return *connections_[index]; }

 private:
  boost::asio::io_context context_{1};
  std::shared_ptr<engineio::shard> shard_ = std::make_shared<engineio::shard>(context_, 0);
  engineio::server engine_{engineio::options(), {shard_}};
  socketio::core core_;
  std::vector<std::shared_ptr<counting_connection>> connections_;
};

// A client that sends `range(0)` messages in one turn of the event loop.
void converse(benchmark::State& state, const message& connect, const message& said) {
  const auto count = static_cast<std::size_t>(state.range(0));
  server io(1, connect);
  auto& client = io.client(0);
  const auto receive = [&] {
    for (std::size_t i = 0; i < count; ++i) client.receive(said.data, said.binary);
  };
  io.run(receive);
  const auto before = client.sent;
  std::size_t turns = 0;
  {
    const bench::allocation_counter counter(state, count);
    for (auto _ : state) {
      io.run(receive);
      ++turns;
    }
  }
  if (client.sent - before != turns * count) throw std::logic_error("replies are missing");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void converse(benchmark::State& state, const std::string& packet) {
  converse(state, text("40"), text(packet));
}

const std::string payload(64, 'x');
constexpr auto chat = R"({"user":"bob","text":"hello","at":1690000000,"tags":["a","b"]})";

void event_with_text(benchmark::State& state) {
  converse(state, "4212[\"echo\",\"" + payload + "\"]");
}
BENCHMARK(event_with_text)->Arg(1)->Arg(16);

void event_relayed(benchmark::State& state) {
  converse(state, "4212[\"relay\",\"" + payload + "\"]");
}
BENCHMARK(event_relayed)->Arg(16);

void event_with_json(benchmark::State& state) {
  converse(state, std::string("4212[\"json\",") + chat + "]");
}
BENCHMARK(event_with_json)->Arg(16);

// The same in MessagePack, as the official client sends it.
void converse_in_msgpack(benchmark::State& state, const nlohmann::json& event) {
  converse(state, msgpack({{"type", 0}, {"nsp", "/"}}),
           msgpack({{"type", 2},
                    {"data", event},
                    {"options", {{"compress", true}}},
                    {"id", 12},
                    {"nsp", "/"}}));
}

void msgpack_event_with_text(benchmark::State& state) {
  converse_in_msgpack(state, {"echo", payload});
}
BENCHMARK(msgpack_event_with_text)->Arg(16);

void msgpack_event_with_json(benchmark::State& state) {
  converse_in_msgpack(state, {"json", nlohmann::json::parse(chat)});
}
BENCHMARK(msgpack_event_with_json)->Arg(16);

// One event to `range(0)` clients. Counts the allocations of the event, not of each delivery.
void broadcast(benchmark::State& state) {
  server io(static_cast<std::size_t>(state.range(0)), text("40"));
  auto& client = io.client(0);
  const auto event = "42[\"broadcast\",\"" + payload + "\"]";
  const auto receive = [&] { client.receive(event); };
  io.run(receive);
  const auto before = client.sent;
  std::size_t turns = 0;
  {
    const bench::allocation_counter counter(state);
    for (auto _ : state) {
      io.run(receive);
      ++turns;
    }
  }
  if (client.sent - before != turns) throw std::logic_error("deliveries are missing");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(broadcast)->Arg(100)->Arg(1000);

}  // namespace
