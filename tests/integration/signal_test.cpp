// What signals do, and that a failure anywhere leaves a server that they end.
#include <csignal>

#include <boost/asio/io_context.hpp>

#include <socketio/engineio/shard.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;

class signals : public server_test {
 protected:
  /// Waits until everything asked of the first shard so far is done.
  void settle() {
    channel<bool> done;
    server.io.post([&] { done.push(true); });
    done.pop();
  }

  channel<std::string> calls;
};
INSTANTIATE_TEST_SUITE_P(threads, signals, ::testing::Values(1, 3), threads_name);

TEST_P(signals, call_all_functions_in_their_order_each_time) {
  server.io.http().on_signal([&] { calls.push("first"); });
  server.io.http().on_signal([&] { calls.push("second"); });
  const auto running = server.start();
  settle();
  for (int times = 0; times < 3; ++times) {
    std::raise(times == 1 ? SIGINT : SIGTERM);
    EXPECT_EQ(calls.pop(), "first");
    EXPECT_EQ(calls.pop(), "second");
  }
}

TEST_P(signals, that_come_before_it_runs_end_the_server_too) {
  server.io.close_on_signal();
  server.io.http().on_signal([&] { calls.push("called"); });
  server.io.listen(0);
  std::raise(SIGTERM);
  server.io.run();
  EXPECT_EQ(calls.pop(), "called");
}

TEST_P(signals, end_the_server_whatever_else_they_call) {
  for (const bool before : {true, false}) {
    server_fixture ended(options_with(GetParam()));
    if (before) ended.io.close_on_signal();
    ended.io.http().on_signal([&] { calls.push("own"); });
    if (!before) ended.io.close_on_signal();
    ended.io.post([&] { calls.push("runs"); });
    ended.io.listen(0);
    channel<bool> finished;
    std::jthread thread([&] {
      ended.io.run();
      finished.push(true);
    });
    EXPECT_EQ(calls.pop(), "runs");
    std::raise(SIGTERM);
    EXPECT_EQ(calls.pop(), "own");
    EXPECT_TRUE(finished.pop());
  }
}

TEST_P(signals, end_the_server_after_exceptions_everywhere) {
  server.io.close_on_signal();
  server.io.http().on_signal([&] {
    calls.push("signal");
    throw std::bad_alloc();
  });
  server.io.http().get("/", [](const socketio::http_request&) -> socketio::http_response {
    throw std::bad_alloc();
  });
  channel<bool> finished;
  const endpoint where(server.io.listen(0));
  std::jthread thread([&] {
    server.io.run();
    finished.push(true);
  });
  for (int i = 0; i < 4; ++i) server.io.post([] { throw std::bad_alloc(); });
  for (const auto& shard : server.io.http().shards()) {
    shard->post([] { throw std::bad_alloc(); });
  }
  EXPECT_EQ(http_client(where).get("/").status, 500U);
  settle();
  std::raise(SIGTERM);
  EXPECT_EQ(calls.pop(), "signal");
  EXPECT_TRUE(finished.pop());
}

// The handler for the end of a socket throws while the server closes.
TEST_P(signals, end_the_server_although_closing_throws) {
  server.io.on("connection", [](const socketio::socket& socket) {
    socket.on("disconnect", [] { throw std::bad_alloc(); });
  });
  server.io.close_on_signal();
  channel<bool> finished;
  const endpoint where(server.io.listen(0));
  std::jthread thread([&] {
    server.io.run();
    finished.push(true);
  });
  socket_client client(where);
  client.connect();
  settle();
  std::raise(SIGTERM);
  EXPECT_TRUE(finished.pop());
}

TEST(signals_of_contexts, keep_no_context_running_after_close) {
  boost::asio::io_context context;
  socketio::server io(context, options_with(1));
  io.close_on_signal();
  io.close();
  io.close_on_signal();
  context.run();  // returns
}

}  // namespace
