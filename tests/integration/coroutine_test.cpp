// Handlers and middlewares that are coroutines, results that acknowledge, and awaited answers.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "gate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::use_awaitable;
using socketio::ack;
using socketio::error_code;
using socketio::json;
using socketio::next;
using socketio::socket;

// Tells when it is destroyed.
struct witness {
  channel<std::string>& told;
  std::string name;

  ~witness() { told.push(name); }
};

class coroutines : public server_test {
 protected:
  channel<std::string> told;
};
INSTANTIATE_TEST_SUITE_P(threads, coroutines, ::testing::Values(1, 3), threads_name);

TEST_P(coroutines, acknowledge_with_their_results) {
  server.io.on("connection", [&](const socket& socket) {
    socket.on("sum", [](int a, int b) { return a + b; });
    socket.on("several", [](const std::string& text) { return std::tuple(text, 2, true); });
    socket.on("awaited sum", [](int a, int b) -> awaitable<int> { co_return a + b; });
    socket.on("awaited several",
              []() -> awaitable<std::tuple<std::string, int>> { co_return std::tuple("text", 1); });
    socket.on("by hand", [](int a, const ack& reply) -> awaitable<void> {
      reply(a);
      co_return;
    });
    socket.on("nothing", []() -> awaitable<void> { co_return; });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["sum",1,2])"), "[3]");
  EXPECT_EQ(client->ask(R"(["several","x"])"), R"(["x",2,true])");
  EXPECT_EQ(client->ask(R"(["awaited sum",1,2])"), "[3]");
  EXPECT_EQ(client->ask(R"(["awaited several"])"), R"(["text",1])");
  EXPECT_EQ(client->ask(R"(["by hand",7])"), "[7]");
  client->emit(R"(["sum",1,2])");
  client->emit(R"(["nothing"])");
  EXPECT_EQ(client->ask(R"(["sum",2,2])"), "[4]") << "who does not ask gets no answer";
}

TEST_P(coroutines, report_what_they_throw_and_acknowledge_nothing) {
  server.io.on("connection", [&](const socket& socket) {
    socket.on("bad", [](int) -> awaitable<int> {
      throw std::runtime_error("on purpose");
      co_return 1;
    });
    socket.on("good", [] { return 1; });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(20["bad",1])");
  EXPECT_EQ(server.errors.pop(), "event bad: on purpose");
  client->send(R"(21["bad","text"])");
  EXPECT_EQ(server.errors.pop().substr(0, 10), "event bad:");
  EXPECT_EQ(client->ask(R"(["good"])"), "[1]");
}

TEST_P(coroutines, start_in_the_order_of_events_and_let_others_start_when_they_wait) {
  gate passage;
  std::optional<socket> connected;
  server.io.on("connection", [&](const socket& socket) {
    connected = socket;
    socket.on("first", [&](const std::string& text) -> awaitable<std::string> {
      told.push("first begins");
      co_await passage.pass();
      told.push("first ends");
      co_return text;
    });
    socket.on("second", [&]() -> awaitable<int> {
      told.push("second");
      co_return 2;
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(25["first","kept"])");
  EXPECT_EQ(told.pop(), "first begins");
  passage.waiting.pop();
  client->send(R"(26["second"])");
  EXPECT_EQ(client->next(), "36[2]");
  EXPECT_EQ(told.pop(), "second");
  connected->post([&] { passage.open(); });
  EXPECT_EQ(client->next(), R"(35["kept"])");
  EXPECT_EQ(told.pop(), "first ends");
}

TEST_P(coroutines, are_cancelled_when_the_socket_ends) {
  gate passage;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("wait", [&]() -> awaitable<void> {
      const witness frame{told, "destroyed"};
      co_await passage.pass();
      told.push("not reached");
    });
    socket.on("disconnect", [&]() -> awaitable<void> {
      // It may still wait for something.
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
      co_await timer.async_wait(use_awaitable);
      told.push("last words");
    });
  });
  const auto running = server.start();
  {
    const auto client = connect();
    client->emit(R"(["wait"])");
    passage.waiting.pop();
    client->send("1");
    EXPECT_EQ(told.pop(), "destroyed");
    EXPECT_EQ(told.pop(), "last words");
  }
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(coroutines, end_with_the_server) {
  gate passage;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("wait", [&]() -> awaitable<void> {
      const witness frame{told, "destroyed"};
      co_await passage.pass();
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["wait"])");
  passage.waiting.pop();
  server.close();
  EXPECT_EQ(told.pop(), "destroyed");
}

TEST_P(coroutines, await_answers) {
  server.io.on("connection", [&](const socket& socket) {
    socket.on("ask", [&, socket]() -> awaitable<int> {
      const int sum = co_await socket.emit_with_ack<int>("sum", 1, 2);
      const auto both = co_await socket.emit_with_ack<std::tuple<int, std::string>>("both");
      co_await socket.emit_with_ack<void>("nothing");
      told.push(std::get<std::string>(both));
      co_return sum + std::get<int>(both);
    });
    socket.on("bad", [&, socket]() -> awaitable<std::string> {
      try {
        const int number = co_await socket.emit_with_ack<int>("number");
        co_return std::to_string(number);
      } catch (const boost::system::system_error& error) {
        co_return error.code().message();
      }
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(2100["ask"])");
  const auto answer = [&](std::string_view event, std::string_view values) {
    const auto asked = client->next();
    EXPECT_NE(asked.find(event), std::string::npos) << asked;
    client->send("3" + asked.substr(1, asked.find('[') - 1) + std::string(values));
  };
  answer(R"(["sum",1,2])", "[3]");
  answer(R"(["both"])", R"([4,"text"])");
  answer(R"(["nothing"])", "[]");
  EXPECT_EQ(client->next(), "3100[7]");
  EXPECT_EQ(told.pop(), "text");
  client->send(R"(2101["bad"])");
  answer(R"(["number"])", R"(["text"])");
  EXPECT_EQ(client->next(),
            "3101[\"" + make_error_code(socketio::error::bad_answer).message() + "\"]");
}

TEST_P(coroutines, may_be_middlewares) {
  server.io.use([](const socket& socket) -> awaitable<void> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
    co_await timer.async_wait(use_awaitable);
    if (socket.handshake().auth().contains("bad")) {
      throw socketio::connect_error("no", json{{"code", 1}});
    }
    if (socket.handshake().auth().contains("broken")) throw std::runtime_error("on purpose");
  });
  server.io.use([](socket, next go_on) -> awaitable<void> {
    go_on();
    co_return;
  });
  server.io.on("connection", [&](socket socket) -> awaitable<void> {
    told.push(co_await socket.emit_with_ack<std::string>("name?"));
  });
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.try_connect("/", R"({"bad":1})"), R"(4{"message":"no","data":{"code":1}})");
  EXPECT_EQ(client.try_connect("/", R"({"broken":1})"), R"(4{"message":"Internal server error"})");
  EXPECT_EQ(server.errors.pop(), "middleware: on purpose");
  client.connect("/");
  const auto asked = client.next();
  client.send("3" + asked.substr(1, asked.find('[') - 1) + R"(["Ada"])");
  EXPECT_EQ(told.pop(), "Ada");
}

TEST_P(coroutines, that_are_middlewares_end_with_the_client) {
  gate passage;
  server.io.use([&](socket) -> awaitable<void> {
    const witness frame{told, "destroyed"};
    co_await passage.pass();
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.send("0");
  passage.waiting.pop();
  client.below<websocket_client>().close();
  EXPECT_EQ(told.pop(), "destroyed");
  EXPECT_TRUE(server.errors.empty());
}

// --- Routes

using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;

TEST_P(coroutines, may_be_routes) {
  auto& http = server.io.http();
  http.post("/echo", [](const http_request& request) -> awaitable<http_response> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
    co_await timer.async_wait(use_awaitable);
    co_return http_response(200, "text/plain", request.body);
  });
  http.get("/rest/*", [](http_request, std::string_view rest, http_reply reply) -> awaitable<void> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
    co_await timer.async_wait(use_awaitable);
    reply(http_response(200, "text/plain", std::string(rest)));
  });
  http.get("/bad", [](const http_request&) -> awaitable<http_response> {
    throw std::runtime_error("on purpose");
    co_return http_response(200);
  });
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.request("POST", "/echo", "body").body, "body");
  EXPECT_EQ(client.get("/rest/a/b").body, "a/b");
  EXPECT_EQ(client.get("/bad").status, 500U);
  EXPECT_EQ(server.errors.pop(), "route: on purpose");
}

}  // namespace
