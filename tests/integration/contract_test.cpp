// A typed contract: events that are declared once, over real connections.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <concepts>

#include <socketio/contract.hpp>

#include "../contract/contract.hpp"
#include "bus_adapter.hpp"
#include "server_fixture.hpp"

namespace {

using namespace contract_test;
using namespace integration;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using socketio::broadcast_answers;
using socketio::disconnect_reason;
using socketio::error_code;
using socketio::json;
using socketio::typed_ack;

using typed_namespace = socketio::typed_namespace<contract>;
using typed_socket = socketio::typed_socket<contract>;

class contracts : public server_test {
 protected:
  contracts() : io(server.io) {}

  typed_namespace io;
  channel<std::string> told;
};
INSTANTIATE_TEST_SUITE_P(threads, contracts, ::testing::Values(1, 3), threads_name);

TEST_P(contracts, give_handlers_the_declared_values) {
  io.on("connection", [this](const typed_socket& socket) {
    socket.on<"chat message">([this](const std::string& text) { told.push(text); });
    socket.on<"chat message">([this](std::string_view text) { told.push(std::string(text)); });
    socket.on<"chat message">([this](const json& text) { told.push(text.dump()); });
    socket.on<"chat message">(
        [this](socketio::raw_json text) { told.push(std::string(text.text())); });
    socket.on<"join">([this](const std::string& name, std::optional<std::string_view> title) {
      told.push(name + " " + std::string(title.value_or("none")));
    });
    socket.on<"paint">([this](color chosen) { told.push(chosen == color::red ? "red" : "green"); });
    socket.once<"image">(
        [](std::span<const std::byte> bytes) { return static_cast<int>(bytes.size()); });
    socket.prepend_listener<"chat message">([this] { told.push("first"); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["chat message","hello"])");
  for (const auto* expected : {"first", "hello", "hello", R"("hello")", R"("hello")"}) {
    EXPECT_EQ(told.pop(), expected);
  }
  client->emit(R"(["join","Ada"])");
  EXPECT_EQ(told.pop(), "Ada none");
  client->emit(R"(["join","Ada","Countess"])");
  EXPECT_EQ(told.pop(), "Ada Countess");
  client->emit(R"(["paint","green"])");
  EXPECT_EQ(told.pop(), "green");
  client->emit(R"(["paint",1])");
  EXPECT_EQ(server.errors.pop().substr(0, 11), "event paint") << "a client may break the contract";
  client->send(R"(51-8["image",{"_placeholder":true,"num":0}])");
  client->send_binary("abc");
  EXPECT_EQ(client->next(), "38[3]");
}

TEST_P(contracts, acknowledge_with_the_declared_types) {
  io.on("connection", [](const typed_socket& socket) {
    socket.on<"sum">([](int a, int b) { return static_cast<short>(a + b); });
    socket.prepend_once_listener<"sum">(
        [](int a, int b, const typed_ack<int>& reply) { reply(10 * (a + b)); });
    socket.on<"divide">([](int a, int b) { return std::tuple(a / b, static_cast<short>(a % b)); });
    socket.once<"count">([](const std::vector<std::string_view>& words,
                            typed_ack<std::map<std::string, int>> reply) -> awaitable<void> {
      reply({{"words", static_cast<int>(words.size())}});
      co_return;
    });
    socket.on<"done">([] { return std::tuple(); });
    socket.on<"draw">([](const shape& drawn) -> awaitable<point> { co_return drawn.points.at(0); });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["sum",1,2])"), "[30]");
  EXPECT_EQ(client->ask(R"(["sum",1,2])"), "[3]");
  EXPECT_EQ(client->ask(R"(["divide",7,2])"), "[3,1]");
  EXPECT_EQ(client->ask(R"(["count",["a","b"]])"), R"([{"words":2}])");
  EXPECT_EQ(client->ask(R"(["done"])"), "[]");
  EXPECT_EQ(client->ask(R"(["draw",{"name":"dot","points":[{"x":1,"y":2}],"parts":[]}])"),
            R"([{"x":1,"y":2}])");
}

TEST_P(contracts, acknowledge_from_coroutines) {
  io.on("connection", [](const typed_socket& socket) -> awaitable<void> {
    socket.on<"sum">([](int a, int b) -> awaitable<short> { co_return static_cast<short>(a + b); });
    socket.on<"divide">([](int a, int b, typed_ack<std::tuple<int, int>> reply) -> awaitable<void> {
      reply(a / b, a % b);
      co_return;
    });
    co_return;
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["sum",1,2])"), "[3]");
  EXPECT_EQ(client->ask(R"(["divide",7,2])"), "[3,1]");
}

TEST_P(contracts, emit_values_as_the_declared_types) {
  io.on("connection", [](const typed_socket& socket) {
    socket.emit<"chat message">("text");
    socket.emit<"chat message">(std::string_view("view"));
    socket.emit<"welcome">(std::string("Ada"), 7, "Countess");
    socket.emit<"welcome">("Ada", 255U, std::nullopt);
    EXPECT_THROW(socket.emit<"welcome">("Ada", 256, std::nullopt), std::invalid_argument);
    EXPECT_THROW(socket.emit<"welcome">("Ada", -1, std::nullopt), std::invalid_argument);
    socket.emit<"shape">(shape{"dot", {{1, 2}}, color::red, {}}, std::array{1, 2},
                         std::pair("scale", 2));
    socket.emit<"anything">({{"n", 1}});
    socket.emit<"shape">({"none", {}, std::nullopt, {}}, {1, 2}, {"scale", 2.5});
    socket.emit<"anything">(1.5);
    socket.send("message", 1);
    socket.untyped().emit("beside", 1);
    const socketio::socket& plain = socket;
    plain.emit("beside", 2);
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->next(), R"(2["chat message","text"])");
  EXPECT_EQ(client->next(), R"(2["chat message","view"])");
  EXPECT_EQ(client->next(), R"(2["welcome","Ada",7,"Countess"])");
  EXPECT_EQ(client->next(), R"(2["welcome","Ada",255,null])");
  EXPECT_EQ(client->next(),
            R"(2["shape",{"name":"dot","points":[{"x":1,"y":2}],"parts":[],"filled":"red"},)"
            R"([1,2],["scale",2]])");
  EXPECT_EQ(client->next(), R"(2["anything",{"n":1}])");
  EXPECT_EQ(client->next(),
            R"(2["shape",{"name":"none","points":[],"parts":[]},[1,2],["scale",2.5]])");
  EXPECT_EQ(client->next(), R"(2["anything",1.5])");
  EXPECT_EQ(client->next(), R"(2["message","message",1])");
  EXPECT_EQ(client->next(), R"(2["beside",1])");
  EXPECT_EQ(client->next(), R"(2["beside",2])");
}

TEST_P(contracts, ask_a_socket_for_the_declared_answer) {
  io.on("connection", [this](const typed_socket& socket) -> awaitable<void> {
    socket.emit<"name?">(true, [this](const std::string& name) { told.push(name); });
    socket.timeout(1min).emit<"name?">(false, [this](error_code error, std::string_view name) {
      told.push(error.message() + " " + std::string(name));
    });
    auto name = co_await socket.emit_with_ack<"name?">({true});
    static_assert(std::same_as<decltype(name), std::string>);
    told.push("awaited " + name);
    auto size = co_await socket.emit_with_ack<"size?">();
    static_assert(std::same_as<decltype(size), std::tuple<int, int>>);
    told.push(std::to_string(std::get<0>(size) * std::get<1>(size)));
    socket.emit_with_ack<"name?">(true, [this](error_code error, const std::string& /*name*/) {
      told.push(error.message());
    });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->next(), R"(20["name?",true])");
  EXPECT_EQ(client->next(), R"(21["name?",false])");
  EXPECT_EQ(client->next(), R"(22["name?",true])");
  client->send(R"(30["Ada"])");
  client->send(R"(31["Bob"])");
  EXPECT_EQ(told.pop(), "Ada");
  EXPECT_EQ(told.pop(), error_code().message() + " Bob");
  client->send(R"(32["Cyd"])");
  EXPECT_EQ(told.pop(), "awaited Cyd");
  EXPECT_EQ(client->next(), R"(23["size?"])");
  client->send(R"(33[6,7])");
  EXPECT_EQ(told.pop(), "42");
  EXPECT_EQ(client->next(), R"(24["name?",true])");
  client->send(R"(34[5])");
  EXPECT_EQ(told.pop(), make_error_code(socketio::error::bad_answer).message());
}

TEST_P(contracts, ask_all_sockets_for_the_declared_answers) {
  io.on("connection", [](const typed_socket& socket) { socket.join("room"); });
  const auto running = server.start();
  const auto client = connect();
  const auto names =
      io.to("room").in("other").except("nobody").local().compress(true).timeout(1min);
  static_assert(std::same_as<decltype(names), const socketio::typed_broadcast_operator<contract>>);

  names.emit<"name?">(true, [this](error_code error, const std::vector<std::string>& all) {
    told.push(error.message() + " " + all.at(0));
  });
  EXPECT_EQ(client->next(), R"(20["name?",true])");
  client->send(R"(30["Ada"])");
  EXPECT_EQ(told.pop(), error_code().message() + " Ada");

  names.emit<"name?">(true, [this](error_code, const broadcast_answers<std::string>& all) {
    told.push(all.received.at(0).value);
  });
  static_cast<void>(client->next());
  client->send(R"(31["Bob"])");
  EXPECT_EQ(told.pop(), "Bob");

  names.emit<"size?">(socketio::each_answer([this](std::string_view /*id*/, error_code, int width) {
    told.push(std::to_string(width));
  }));
  static_cast<void>(client->next());
  client->send("32[6,7]");
  EXPECT_EQ(told.pop(), "6");

  auto answers = io.emit_with_ack<"name?">(true, boost::asio::use_future);
  static_assert(std::same_as<decltype(answers), std::future<broadcast_answers<std::string>>>);
  static_cast<void>(client->next());
  client->send(R"(33["Cyd"])");
  EXPECT_EQ(answers.get().received.at(0).value, "Cyd");

  auto sizes = io.volatile_().emit_with_ack<"size?">(boost::asio::use_future);
  static_assert(std::same_as<decltype(sizes), std::future<broadcast_answers<int>>>);
  static_cast<void>(client->next());
  client->send("34[8,9]");
  EXPECT_EQ(sizes.get().received.at(0).value, 8);
}

TEST_P(contracts, are_kept_by_all_that_emits) {
  using to_all = socketio::typed_broadcast_operator<contract>;
  using to_one = socketio::typed_emitter<socketio::socket_emitter, contract::server_to_client>;
  io.on("connection", [](const typed_socket& socket) {
    static_assert(std::same_as<decltype(socket.to("room")), to_all>);
    static_assert(std::same_as<decltype(socket.in("room").to("other")), to_all>);
    static_assert(std::same_as<decltype(socket.except("room")), to_all>);
    static_assert(std::same_as<decltype(socket.broadcast()), to_all>);
    static_assert(std::same_as<decltype(socket.local()), to_all>);
    static_assert(std::same_as<decltype(socket.volatile_()), to_one>);
    static_assert(std::same_as<decltype(socket.compress(true).timeout(1s).volatile_()), to_one>);
    socket.join(socket.id() + " too");
    socket.volatile_().emit<"chat message">(socket.nsp());
  });
  const auto running = server.start();
  const auto client = std::make_unique<socket_client>(server.where());
  const auto id = client->connect();
  EXPECT_EQ(client->next(), R"(2["chat message","/"])");
  const auto found = io.find_socket(id);
  ASSERT_TRUE(found);
  found->emit<"chat message">("found");
  EXPECT_EQ(client->next(), R"(2["chat message","found"])");
  EXPECT_EQ(io.sockets(), std::vector{*found});
  EXPECT_FALSE(io.find_socket("nobody"));
  auto remote = io.fetch_sockets(boost::asio::use_future).get();
  socketio::typed_remote_socket<contract>(remote.at(0))
      .timeout(1min)
      .emit<"name?">(true, [this](const std::string& name) { told.push(name); });
  EXPECT_EQ(client->next(), R"(20["name?",true])");
  client->send(R"(30["Ada"])");
  EXPECT_EQ(told.pop(), "Ada");
  io.to(id + " too").emit<"chat message">("room");
  EXPECT_EQ(client->next(), R"(2["chat message","room"])");
}

TEST_P(contracts, remove_handlers) {
  io.on("connection", [this](const typed_socket& socket) {
    const auto id = socket.on<"paint">([this](color) { told.push("removed"); });
    socket.off(id);
    socket.on<"sum">([](int, int) { return 1; });
    socket.off<"sum">();
    socket.on<"sum">([](int, int) { return 2; });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["paint","red"])");
  EXPECT_EQ(client->ask(R"(["sum",1,1])"), "[2]");
  EXPECT_TRUE(told.empty());
}

TEST_P(contracts, refuse_empty_functions) {
  io.on("connection", [this](const typed_socket& socket) {
    EXPECT_THROW(socket.on<"paint">(std::function<void(color)>()), std::invalid_argument);
    EXPECT_THROW((socket.on<"sum">(std::function<short(int)>())), std::invalid_argument);
    told.push("done");
  });
  EXPECT_THROW(io.on("connection", std::function<void(typed_socket)>()), std::invalid_argument);
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(told.pop(), "done");
}

TEST_P(contracts, tell_the_reason_of_a_disconnect_as_a_type) {
  io.on("connection", [this](const typed_socket& socket) {
    socket.on<"disconnecting">([this](disconnect_reason reason, std::string_view description) {
      told.push("typed " + std::string(to_string(reason)) + std::string(description));
    });
    socket.on<"disconnect">([this](const std::string& reason) { told.push("text " + reason); });
    socket.untyped().on("disconnect", [this](disconnect_reason reason) {
      told.push("number " + std::to_string(static_cast<int>(reason)));
    });
    socket.on<"error">([](const std::string&, const json&) {});
  });
  const auto running = server.start();
  const auto client = connect();
  client->send("1");
  EXPECT_EQ(told.pop(), "typed client namespace disconnect");
  EXPECT_EQ(told.pop(), "text client namespace disconnect");
  EXPECT_EQ(told.pop(), "number 7");
}

TEST(contracts_between_servers, declare_the_events_of_a_cluster) {
  bus network;
  auto options = options_with(1);
  options.adapter = [&network](socketio::adapter_context& context) {
    return network.make(context);
  };
  server_fixture first(options);
  server_fixture second(options);
  channel<std::string> told;
  const typed_namespace asking(first.io);
  const typed_namespace answering(second.io);
  answering.on_server_side<"load?">(
      [](std::string_view what) { return static_cast<short>(what.size()); });
  answering.once_server_side<"news">([&](const std::string& text) { told.push(text); });
  const auto running_first = first.start();
  const auto running_second = second.start();
  asking.server_side_emit<"news">("text");
  EXPECT_EQ(told.pop(), "text");
  asking.server_side().timeout(1min).emit<"load?">(
      "cpu",
      [&](error_code, const std::vector<int>& all) { told.push(std::to_string(all.at(0))); });
  EXPECT_EQ(told.pop(), "3");
  auto answers = asking.server_side_emit_with_ack<"load?">("disk", boost::asio::use_future);
  static_assert(std::same_as<decltype(answers), std::future<broadcast_answers<int>>>);
  EXPECT_EQ(answers.get().received.at(0).value, 4);
}

}  // namespace
