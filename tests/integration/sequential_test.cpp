// The option sequential_handlers: an event waits for the handlers of the one before.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <thread>

#include <socketio/engineio/server.hpp>

#include "gate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::use_awaitable;
using socketio::arguments;
using socketio::next;
using socketio::socket;

class sequential : public ::testing::TestWithParam<std::size_t> {
 protected:
  sequential() : sequential([](auto& /*options*/) {}) {}
  template <class Change>
  explicit sequential(Change change) : server(options(change)) {
    server.io.on("connection", [this](const socket& socket) {
      connected.push(socket);
      socket.on("slow", [this](int number) -> awaitable<int> {
        told.push("begins " + std::to_string(number));
        co_await passage.pass();
        told.push("ends " + std::to_string(number));
        co_return number;
      });
      socket.on("fast", [this](int number) { told.push("fast " + std::to_string(number)); });
    });
  }

  template <class Change>
  static socketio::server_options options(Change change) {
    auto chosen = options_with(GetParam());
    chosen.sequential_handlers = true;
    change(chosen);
    return chosen;
  }

  [[nodiscard]] std::unique_ptr<socket_client> connect() {
    auto client = std::make_unique<socket_client>(server.where());
    client->connect();
    return client;
  }
  void open(const socket& socket) {
    socket.post([this] { passage.open(); });
  }
  [[nodiscard]] socketio::engineio::statistics now() const {
    socketio::engineio::statistics sum;
    for (const auto& shard : server.io.http().statistics()) sum += shard;
    return sum;
  }
  // Waits until so many events wait.
  void wait_for(std::uint64_t count) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (now().waiting_events != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << now().waiting_events << " wait";
      std::this_thread::yield();
    }
  }

  gate passage;
  channel<socket> connected;
  channel<std::string> told;
  server_fixture server;
};
INSTANTIATE_TEST_SUITE_P(threads, sequential, ::testing::Values(1, 3), threads_name);

TEST_P(sequential, handlers_begin_when_those_before_have_ended) {
  const auto running = server.start();
  const auto client = connect();
  const auto socket = connected.pop();
  client->send(R"(21["slow",1])");
  EXPECT_EQ(told.pop(), "begins 1");
  client->send(R"(2["fast",2])");
  client->send(R"(22["slow",3])");
  client->send(R"(2["fast",4])");
  wait_for(3);
  EXPECT_TRUE(told.empty());
  passage.waiting.pop();
  open(socket);
  EXPECT_EQ(client->next(), "31[1]");
  EXPECT_EQ(told.pop(), "ends 1");
  EXPECT_EQ(told.pop(), "fast 2");
  EXPECT_EQ(told.pop(), "begins 3");
  passage.waiting.pop();
  wait_for(1);
  open(socket);
  EXPECT_EQ(client->next(), "32[3]");
  EXPECT_EQ(told.pop(), "ends 3");
  EXPECT_EQ(told.pop(), "fast 4");
  EXPECT_EQ(now().waiting_events, 0U);
}

TEST_P(sequential, handlers_of_other_sockets_do_not_wait) {
  const auto running = server.start();
  const auto client = connect();
  const auto socket = connected.pop();
  client->send(R"(21["slow",1])");
  EXPECT_EQ(told.pop(), "begins 1");
  passage.waiting.pop();
  const auto other = connect();
  other->send(R"(2["fast",2])");
  EXPECT_EQ(told.pop(), "fast 2");
  open(socket);
  EXPECT_EQ(client->next(), "31[1]");
}

TEST_P(sequential, handlers_that_throw_let_the_next_begin) {
  server.io.on("connection", [&](const socket& socket) {
    socket.on("bad", []() -> awaitable<void> {
      throw std::runtime_error("on purpose");
      co_return;
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(2["bad"])");
  client->send(R"(2["fast",1])");
  EXPECT_EQ(server.errors.pop(), "event bad: on purpose");
  EXPECT_EQ(told.pop(), "fast 1");
}

TEST_P(sequential, events_keep_their_order_behind_middlewares_that_decide_later) {
  std::optional<next> kept;
  channel<bool> asked;
  server.io.on("connection", [&](const socket& socket) {
    socket.use([&](std::string_view, const arguments& values, const next& go_on) {
      if (values[0].integer() != 1) return go_on();
      kept = go_on;
      asked.push(true);
    });
  });
  const auto running = server.start();
  const auto client = connect();
  const auto socket = connected.pop();
  client->send(R"(2["fast",1])");
  asked.pop();
  client->send(R"(2["fast",2])");
  wait_for(1);
  // A copy of the decision that has been made holds up nobody.
  socket.post([&] { (*kept)(); });
  EXPECT_EQ(told.pop(), "fast 1");
  EXPECT_EQ(told.pop(), "fast 2");
}

TEST_P(sequential, events_that_wait_are_dropped_with_their_socket) {
  channel<std::string> reasons;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason) { reasons.push(reason); });
  });
  const auto running = server.start();
  auto client = connect();
  client->send(R"(2["slow",1])");
  EXPECT_EQ(told.pop(), "begins 1");
  client->send(R"(2["fast",2])");
  wait_for(1);
  client->send("1");
  EXPECT_EQ(reasons.pop(), "client namespace disconnect");
  wait_for(0);
  client->connect();
  client->send(R"(2["fast",3])");
  EXPECT_EQ(told.pop(), "fast 3");
}

// --- What waits is bounded

class bounded_sequential : public sequential {
 protected:
  static constexpr int max_waiting = 4;

  bounded_sequential() : bounded_sequential([](auto& /*options*/) {}) {}
  template <class Change>
  explicit bounded_sequential(Change change)
      : sequential([&](auto& options) {
          options.max_waiting_events = max_waiting;
          change(options);
        }) {}

  // Lets one handler of `slow` after the other end.
  void open_all(const socket& socket, int count) {
    for (int i = 1; i <= count; ++i) {
      EXPECT_EQ(told.pop(), "begins " + std::to_string(i));
      passage.waiting.pop();
      EXPECT_LE(now().waiting_events, static_cast<std::uint64_t>(max_waiting));
      open(socket);
      EXPECT_EQ(told.pop(), "ends " + std::to_string(i));
    }
  }
};
INSTANTIATE_TEST_SUITE_P(threads, bounded_sequential, ::testing::Values(1, 3), threads_name);

TEST_P(bounded_sequential, reading_stops_while_too_many_wait) {
  const auto running = server.start();
  const auto client = connect();
  const auto socket = connected.pop();
  constexpr int count = 30;
  for (int i = 1; i <= count; ++i) client->send("2[\"slow\"," + std::to_string(i) + "]");
  wait_for(max_waiting);
  const auto received = now().packets_received;
  open_all(socket, count);
  EXPECT_GE(now().packets_received, received + count - max_waiting - 1);
}

TEST_P(bounded_sequential, a_post_is_answered_when_few_enough_wait) {
  const auto running = server.start();
  http_client http(server.where());
  const auto handshake = http.get("/socket.io/?EIO=4&transport=polling").body;
  const auto target = "/socket.io/?EIO=4&transport=polling&sid=" +
                      socketio::json::parse(handshake.substr(1))["sid"].get<std::string>();
  EXPECT_EQ(http.request("POST", target, "40").body, "ok");
  const auto socket = connected.pop();
  std::string payload;
  constexpr int count = 12;
  for (int i = 1; i <= count; ++i) {
    if (i > 1) payload += '\x1e';
    payload += "42[\"slow\"," + std::to_string(i) + "]";
  }
  std::atomic<bool> answered{false};
  std::jthread post([&] {
    EXPECT_EQ(http.request("POST", target, payload).body, "ok");
    answered = true;
    told.push("answered");
  });
  for (int i = 1; i <= count; ++i) {
    auto next = told.pop();
    if (next == "answered") next = told.pop();
    EXPECT_EQ(next, "begins " + std::to_string(i));
    passage.waiting.pop();
    if (count - i > max_waiting) {
      EXPECT_FALSE(answered) << i;
    }
    EXPECT_LE(now().waiting_events, static_cast<std::uint64_t>(max_waiting));
    open(socket);
    next = told.pop();
    if (next == "answered") next = told.pop();
    EXPECT_EQ(next, "ends " + std::to_string(i));
  }
}

TEST_P(bounded_sequential, an_acknowledgement_gets_past_the_events_that_wait) {
  channel<int> answers;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("ask", [&, socket]() -> awaitable<void> {
      answers.push(co_await socket.emit_with_ack<int>("question"));
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(2["ask"])");
  for (int i = 0; i < max_waiting + 3; ++i) client->send("2[\"fast\"," + std::to_string(i) + "]");
  const auto question = client->next();
  client->send("3" + question.substr(1, question.find('[') - 1) + "[7]");
  EXPECT_EQ(answers.pop(), 7);
  for (int i = 0; i < max_waiting + 3; ++i) EXPECT_EQ(told.pop(), "fast " + std::to_string(i));
}

TEST_P(bounded_sequential, an_acknowledgement_of_another_namespace_gets_past_them) {
  channel<int> answers;
  channel<socket> others;
  server.io.of("/other").on("connection", [&](const socket& socket) { others.push(socket); });
  std::optional<socket> other;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("ask", [&]() -> awaitable<void> {
      answers.push(co_await other->emit_with_ack<int>("question"));
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->connect("/other");
  other = others.pop();
  client->send(R"(2["ask"])");
  for (int i = 0; i < max_waiting + 3; ++i) client->send("2[\"fast\"," + std::to_string(i) + "]");
  const auto question = client->next();
  client->send("3" + question.substr(1, question.find('[') - 1) + "[7]");
  EXPECT_EQ(answers.pop(), 7);
  for (int i = 0; i < max_waiting + 3; ++i) EXPECT_EQ(told.pop(), "fast " + std::to_string(i));
}

class sequential_heartbeat : public bounded_sequential {
 protected:
  sequential_heartbeat()
      : bounded_sequential([](auto& options) {
          options.ping_interval = 50ms;
          options.ping_timeout = 500ms;
        }) {}
};
INSTANTIATE_TEST_SUITE_P(threads, sequential_heartbeat, ::testing::Values(1, 3), threads_name);

TEST_P(sequential_heartbeat, does_not_end_while_nothing_is_read) {
  channel<std::string> reasons;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason) { reasons.push(reason); });
    socket.on("long", [](int number) -> awaitable<int> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1s);
      co_await timer.async_wait(use_awaitable);
      co_return number;
    });
    socket.on("echo", [](int number) { return number; });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(20["long",0])");
  for (int i = 1; i <= 2 * max_waiting; ++i) {
    client->send("2" + std::to_string(i) + "[\"echo\"," + std::to_string(i) + "]");
  }
  for (int i = 0; i <= 2 * max_waiting; ++i) {
    EXPECT_EQ(client->next(), "3" + std::to_string(i) + "[" + std::to_string(i) + "]");
  }
  EXPECT_TRUE(reasons.empty());
}

TEST(sequential_options, are_checked) {
  auto options = options_with(1);
  options.max_waiting_events = 0;
  EXPECT_THROW(socketio::server{options}, std::invalid_argument);
}

}  // namespace
