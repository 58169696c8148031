// Clients that speak MessagePack: nlohmann_json is the other implementation.
#include <boost/asio/use_future.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/protocol/msgpack_codec.hpp>

#include "bus_adapter.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::arguments;
using socketio::error_code;
using socketio::json;
using socketio::shared_bytes;
using socketio::socket;
namespace asio = boost::asio;

constexpr int connect_packet = 0;
constexpr int disconnect_packet = 1;
constexpr int event_packet = 2;
constexpr int ack_packet = 3;
constexpr int connect_error_packet = 4;

json bytes(std::string_view text) {
  return json::binary({text.begin(), text.end()});
}

std::string encoded(const json& value) {
  std::string message;
  json::to_msgpack(value, message);
  return message;
}

// A client whose packets are JSON values.
class msgpack_client {
 public:
  explicit msgpack_client(std::unique_ptr<socket_client> below) : client_(std::move(below)) {}

  void send(const json& packet) { client_->send_binary(encoded(packet)); }
  void emit(const json& data, const json& nsp = "/") {
    send({{"type", event_packet}, {"data", data}, {"nsp", nsp}});
  }
  void ask(int id, const json& data) {
    send({{"type", event_packet}, {"data", data}, {"id", id}, {"nsp", "/"}});
  }
  void acknowledge(const json& packet, const json& data) {
    send({{"type", ack_packet}, {"data", data}, {"id", packet["id"]}, {"nsp", packet["nsp"]}});
  }

  // The next packet; null at the end of the connection.
  [[nodiscard]] json next() {
    const auto received = client_->next_message();
    if (!received) return nullptr;
    EXPECT_TRUE(received->binary) << received->data;
    return json::from_msgpack(received->data);
  }

  [[nodiscard]] socket_client& below() { return *client_; }

 private:
  std::unique_ptr<socket_client> client_;
};

json event(const json& data) {
  return {{"type", event_packet}, {"nsp", "/"}, {"data", data}};
}

json answer(int id, const json& data) {
  return {{"type", ack_packet}, {"nsp", "/"}, {"id", id}, {"data", data}};
}

socketio::server_options with_msgpack(std::size_t threads) {
  auto options = options_with(threads);
  options.parser = socketio::msgpack_codec();
  return options;
}

class msgpack : public ::testing::TestWithParam<std::size_t> {
 protected:
  explicit msgpack(const socketio::server_options& options = with_msgpack(GetParam()))
      : server(options) {}

  // Connects over WebSocket, or over polling.
  std::unique_ptr<msgpack_client> connect(bool polling = false) {
    auto client = std::make_unique<msgpack_client>(
        polling ? std::make_unique<socket_client>(std::make_unique<polling_client>(server.where()))
                : std::make_unique<socket_client>(server.where()));
    client->send({{"type", connect_packet}, {"nsp", "/"}});
    const auto reply = client->next();
    EXPECT_EQ(reply["type"], connect_packet);
    EXPECT_EQ(reply["data"]["sid"].get<std::string>().size(), 20U);
    return client;
  }

  server_fixture server;
};
INSTANTIATE_TEST_SUITE_P(threads, msgpack, ::testing::Values(1, 3), threads_name);

TEST_P(msgpack, carries_events_and_acknowledgements_both_ways) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("sum", [](int a, int b, const ack& reply) { reply(a + b); });
    socket.on("ask", [socket] {
      socket.emit("name?",
                  [socket](error_code, const std::string& name) { socket.emit("hello", name); });
    });
    socket.on("all", [socket](const arguments& values) { socket.emit("all", values); });
    socket.on("text",
              [socket](socketio::raw_json text) { socket.emit("text", text.text(), text); });
  });
  const auto running = server.start();
  for (const bool polling : {false, true}) {
    const auto client = connect(polling);
    client->ask(7, {"sum", 2, 3});
    EXPECT_EQ(client->next(), answer(7, {5}));
    client->emit({"ask"});
    const auto question = client->next();
    EXPECT_EQ(question["data"], json::array({"name?"}));
    client->acknowledge(question, {"Ann"});
    EXPECT_EQ(client->next(), event({"hello", "Ann"}));
    const json values = {"all", nullptr, true, -7, 70'000, 1.5, "é\n", {{"a", {1, 2}}}};
    client->emit(values);
    EXPECT_EQ(client->next(), event(values));
    client->emit({"text", {{"a", {1.0, "b"}}}});
    EXPECT_EQ(client->next(), event({"text", R"({"a":[1,"b"]})", {{"a", {1, "b"}}}}));
  }
}

TEST_P(msgpack, carries_bytes_both_ways) {
  channel<shared_bytes> kept;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("bytes", [&, socket](const shared_bytes& one, const json& two, const ack& reply) {
      kept.push(one);
      socket.emit("back", two, one);
      reply(json{{"in", two}}, one);
    });
  });
  const auto running = server.start();
  for (const auto& large : {std::string(10, 'x'), std::string(200'000, 'x')}) {
    for (const bool polling : {false, true}) {
      const auto client = connect(polling);
      const json nested = {{"nested", json::array({bytes("two")})}};
      client->ask(1, {"bytes", bytes(large), nested});
      EXPECT_EQ(client->next(), event({"back", nested, bytes(large)}));
      EXPECT_EQ(client->next(), answer(1, {json{{"in", nested}}, bytes(large)}));
      EXPECT_EQ(kept.pop().characters(), large);
    }
  }
}

TEST_P(msgpack, has_bytes_acknowledged) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("ask", [socket]() -> asio::awaitable<void> {
      const auto got = co_await socket.emit_with_ack<shared_bytes>("question", socketio::binary(2));
      socket.emit("answer", got);
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit({"ask"});
  const auto question = client->next();
  EXPECT_EQ(question["data"], json::array({"question", bytes(std::string(2, '\0'))}));
  client->acknowledge(question, json::array({bytes("bytes")}));
  EXPECT_EQ(client->next(), event({"answer", bytes("bytes")}));
}

TEST_P(msgpack, carries_what_clients_give_to_connect_and_why_they_are_refused) {
  const auto auth = server.io.of("/auth");
  auth.use([](const socket& socket, const socketio::next& next) {
    const auto& given = socket.handshake().auth();
    if (given.value("token", json()) == bytes("secret")) return next();
    next(socketio::connect_error("not you", {{"given", given}}));
  });
  const auto running = server.start();
  const auto client = connect();
  const auto refused = [](const json& data, std::string_view nsp = "/auth") {
    return json{{"type", connect_error_packet}, {"nsp", nsp}, {"data", data}};
  };
  client->send({{"type", connect_packet}, {"nsp", "/auth"}, {"data", {{"token", "guess"}}}});
  EXPECT_EQ(client->next(),
            refused({{"message", "not you"}, {"data", {{"given", {{"token", "guess"}}}}}}));
  client->send({{"type", connect_packet}, {"nsp", "/nowhere"}});
  EXPECT_EQ(client->next(), refused({{"message", "Invalid namespace"}}, "/nowhere"));
  client->send(
      {{"type", connect_packet}, {"nsp", "/auth"}, {"data", {{"token", bytes("secret")}}}});
  EXPECT_EQ(client->next()["type"], connect_packet);
}

TEST_P(msgpack, carries_broadcasts_and_their_acknowledgements) {
  channel<json> answers;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("tell", [&, socket](const std::string& room, const socketio::binary& content,
                                  const ack& reply) {
      socket.join(room);
      server.io.to(room).emit("told", room, content);
      reply();
    });
    socket.on("poll", [&] {
      server.io.emit("vote?", [&](error_code, const json& all) { answers.push(all); });
    });
  });
  const auto running = server.start();
  const auto first = connect();
  const auto second = connect(true);
  const std::string large(10'000, 'x');
  first->ask(1, {"tell", "a", bytes(large)});
  EXPECT_EQ(first->next(), event({"told", "a", bytes(large)}));
  EXPECT_EQ(first->next(), answer(1, json::array()));
  server.io.emit("all", 1);
  for (auto* client : {first.get(), second.get()}) EXPECT_EQ(client->next(), event({"all", 1}));
  first->emit({"poll"});
  for (auto* client : {first.get(), second.get()}) {
    const auto question = client->next();
    EXPECT_EQ(question["data"], json::array({"vote?"}));
    client->acknowledge(question, {1});
  }
  EXPECT_EQ(answers.pop(), json::array({1, 1}));
}

TEST_P(msgpack, carries_volatile_prepared_and_uncompressed_events) {
  const socketio::prepared_event prepared("prepared", 1, bytes("p"));
  server.io.on("connection", [&](const socket& socket) {
    socket.on("go", [&, socket] {
      socket.volatile_().emit("volatile", bytes("v"));
      socket.emit(prepared);
      socket.compress(false).emit("uncompressed");
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit({"go"});
  EXPECT_EQ(client->next(), event({"volatile", bytes("v")}));
  EXPECT_EQ(client->next(), event({"prepared", 1, bytes("p")}));
  EXPECT_EQ(client->next(), event({"uncompressed"}));
}

TEST_P(msgpack, carries_the_end) {
  channel<std::string> reasons;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("kick", [socket] { socket.disconnect(); });
    socket.on("disconnect", [&](const std::string& reason) { reasons.push(reason); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit({"kick"});
  EXPECT_EQ(client->next(), (json{{"type", disconnect_packet}, {"nsp", "/"}}));
  EXPECT_EQ(reasons.pop(), "server namespace disconnect");
  const auto other = connect();
  other->send({{"type", disconnect_packet}, {"nsp", "/"}});
  EXPECT_EQ(reasons.pop(), "client namespace disconnect");
}

TEST_P(msgpack, closes_the_connection_for_what_it_does_not_accept) {
  channel<std::string> told;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("error", [&](const std::string& problem) { told.push(problem); });
    socket.on("disconnect", [&](const std::string& reason) { told.push(reason); });
  });
  const auto running = server.start();
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"", "packet is not a map"},
      {"\xc1", "packet is not a map"},
      {encoded(event({"a"})) + '\0', "bytes behind the packet"},
      {encoded({{"type", 9}, {"nsp", "/"}}), "unknown packet type"},
      {encoded(event({"disconnect"})), "reserved event name"},
      {encoded(event({nullptr})), "event name is neither a string nor a number"},
      {encoded(event({{"a", 1}})), "payload is not an array"},
      {encoded({{"type", connect_error_packet}, {"nsp", "/"}, {"data", "x"}}),
       "connect_error packet from a client"},
      {encoded({{"type", event_packet}, {"nsp", "/other"}, {"data", {"a"}}}),
       "packet for a namespace that is not connected"}};
  for (const bool polling : {false, true}) {
    for (const auto& [message, problem] : faults) {
      if (polling && message.empty()) continue;
      const auto client = connect(polling);
      client->below().send_binary(message);
      EXPECT_EQ(told.pop(), problem);
      EXPECT_EQ(told.pop(), "forced close");
      if (!polling) {
        EXPECT_EQ(client->next(), nullptr);
      }
    }
    const auto client = connect(polling);
    client->below().send(R"(2["text"])");
    EXPECT_EQ(told.pop(), "text message instead of MessagePack");
    EXPECT_EQ(told.pop(), "forced close");
  }
}

// As with the default codec, the client disconnects: it refuses data that is null.
TEST_P(msgpack, sends_no_data_for_raw_json_that_is_none) {
  server.io.on("connection", [](const socket& socket) {
    socket.emit("bad", socketio::raw_json("{"));
    socket.emit("good", socketio::raw_json("[ 1 ]"));
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->next()["data"], nullptr);
  EXPECT_EQ(client->next(), event({"good", {1}}));
}

// --- Objects that look like placeholders

const json look_alike = {{"_placeholder", true}, {"num", 0}};

TEST_P(msgpack, keeps_objects_that_look_like_placeholders) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("echo", [](const arguments& values, const ack& reply) { reply(values); });
    socket.on("types", [](const json& first, const json& second, const ack& reply) {
      reply(first.is_object() && first == look_alike, second.is_binary());
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->ask(1, {"echo", look_alike});
  EXPECT_EQ(client->next(), answer(1, json::array({look_alike})));
  client->ask(2, {"types", look_alike, bytes("mine")});
  EXPECT_EQ(client->next(), answer(2, {true, true}));
  // Together with bytes it cannot be sent on.
  client->ask(3, {"echo", look_alike, bytes("mine")});
  EXPECT_NE(server.errors.pop().find("_placeholder"), std::string::npos);
}

class stored_msgpack : public msgpack {
 protected:
  stored_msgpack() : msgpack(sequential()) {}

  static socketio::server_options sequential() {
    auto options = with_msgpack(GetParam());
    options.sequential_handlers = true;
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(threads, stored_msgpack, ::testing::Values(1, 3), threads_name);

// The first event waits for its middleware, and the second one for the first.
TEST_P(stored_msgpack, events_keep_objects_that_look_like_placeholders) {
  channel<socketio::next> pending;
  channel<json> handled;
  server.io.on("connection", [&](const socket& socket) {
    socket.use([&](std::string_view, const arguments&, const socketio::next& go_on) {
      pending.push(go_on);
    });
    socket.on("e", [&](const json& first, const shared_bytes& second, const json& third) {
      handled.push({first, second.size(), third});
    });
    socket.on("7", [&](const json& first) { handled.push(first); });
  });
  const auto running = server.start();
  const auto client = connect();
  for (int i = 0; i < 2; ++i) client->emit({"e", look_alike, bytes("abc"), {bytes("d"), 0.5}});
  client->emit({7, look_alike});
  for (int i = 0; i < 2; ++i) {
    pending.pop()();
    EXPECT_EQ(handled.pop(), json::array({look_alike, 3, {bytes("d"), 0.5}}));
  }
  pending.pop()();
  EXPECT_EQ(handled.pop(), look_alike);
}

// --- Between servers

TEST_P(msgpack, is_carried_between_servers) {
  bus network;
  auto options = with_msgpack(GetParam());
  options.adapter = [&](socketio::adapter_context& context) { return network.make(context); };
  server_fixture one(options);
  server_fixture two(options);
  channel<json> told;
  two.io.on_server_side("news", [&](const json& value, const shared_bytes& content) {
    told.push({value, content.size()});
    return content;
  });
  const auto first_running = one.start();
  const auto second_running = two.start();
  msgpack_client client(std::make_unique<socket_client>(two.where()));
  client.send({{"type", connect_packet}, {"nsp", "/"}});
  EXPECT_EQ(client.next()["type"], connect_packet);
  const shared_bytes content(std::string(10'000, 'x'));
  one.io.emit("all", content, json{{"b", bytes("b")}});
  EXPECT_EQ(client.next(), event({"all", bytes(content.characters()), {{"b", bytes("b")}}}));
  one.io.server_side_emit("news", json{{"b", 1}}, content);
  EXPECT_EQ(told.pop(), json::array({json{{"b", 1}}, 10'000}));
  const auto all =
      one.io.server_side_emit_with_ack<shared_bytes>("news", nullptr, content, asio::use_future)
          .get();
  EXPECT_EQ(all.received.at(0).value, content);
  EXPECT_THROW(one.io.server_side_emit("news", look_alike, content), std::invalid_argument);
}

}  // namespace
