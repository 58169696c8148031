// What the server counts, with real connections.
#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::socket;

class server_statistics : public ::testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] socketio::engineio::statistics now() const {
    const auto all = server.io.http().statistics();
    EXPECT_EQ(all.size(), GetParam());
    socketio::engineio::statistics sum;
    for (const auto& shard : all) sum += shard;
    return sum;
  }
  // Waits until what the test counts has come to that.
  template <class Condition>
  [[nodiscard]] bool comes(Condition condition) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition(now())) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  server_fixture server{options_with(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(threads, server_statistics, ::testing::Values(1, 3), threads_name);

TEST_P(server_statistics, count_connections_and_sessions) {
  const auto running = server.start();
  {
    socket_client first(server.where());
    first.connect();
    socket_client second(std::make_unique<polling_client>(server.where()));
    second.connect();
    EXPECT_EQ(now().sessions["websocket"], 1U);
    EXPECT_EQ(now().sessions["polling"], 1U);
    EXPECT_EQ(now().connections, 2U);
    EXPECT_EQ(server.io.http().connections_count(), 2U);
    first.send("1");
  }
  EXPECT_TRUE(comes([](const auto& counted) {
    return counted.connections == 0 && counted.sessions["websocket"] == 0;
  }));
  EXPECT_EQ(now().sockets_ended["client namespace disconnect"], 1U);
}

TEST_P(server_statistics, count_output_that_a_client_does_not_read) {
  channel<bool> sent;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("flood", [&sent, socket] {
      socket.emit("data", std::string(8U << 20U, 'x'));
      sent.push(true);
    });
    socket.on("disconnect", [&] { sent.push(false); });
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect();
  client.emit(R"(["flood"])");
  EXPECT_TRUE(sent.pop());
  EXPECT_TRUE(comes([](const auto& counted) { return counted.queue_bytes > 1'000'000; }));
  EXPECT_NE(client.next().find("data"), std::string::npos);
  EXPECT_TRUE(comes([](const auto& counted) { return counted.queue_bytes == 0; }));
}

TEST_P(server_statistics, count_drops_and_exceptions) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("drop", [socket] {
      socket.emit("fills the poll");
      for (int i = 0; i < 3; ++i) socket.volatile_().emit("dropped");
    });
    socket.on("throw", [] { throw std::runtime_error("thrown"); });
    socket.on("number", [](int) {});
  });
  server.io.http().get("/throw", [](const socketio::http_request&) -> socketio::http_response {
    throw std::runtime_error("thrown");
  });
  const auto running = server.start();
  socket_client client(std::make_unique<polling_client>(server.where()));
  client.connect();
  client.emit(R"(["drop"])");
  client.emit(R"(["throw"])");
  client.emit(R"(["number","x"])");
  EXPECT_EQ(http_client(server.where()).get("/throw").status, 500U);
  EXPECT_TRUE(comes([](const auto& counted) {
    return counted.dropped == 3 && counted.exceptions == 3;
  })) << now().dropped
      << " " << now().exceptions;
}

}  // namespace
