// Volatile events, for clients that can take one at once.
#include <cstdint>
#include <string>
#include <vector>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::socket;

// A client of long-polling that has joined the namespace `/`, and polls when the test says so.
class slow_poller {
 public:
  explicit slow_poller(const endpoint& where)
      : session_(std::make_unique<polling_client>(where)), connection_(where) {
    session_.connect();
  }

  // Sends a poll, behind a post: the answer to the post says that the server has both.
  void begin_poll() {
    const auto target = session_.below<polling_client>().target();
    connection_.send(http_client::format("POST", target, "3") + http_client::format("GET", target));
    EXPECT_EQ(connection_.read().body, "ok");
  }
  // Waits for the answer to the poll.
  [[nodiscard]] std::string end_poll() { return connection_.read().body; }

 private:
  socket_client session_;
  http_client connection_;
};

class volatile_events : public server_test {
 protected:
  volatile_events() {
    server.io.on("connection", [this](const socket& connected) { accepted.push(connected); });
  }

  channel<socket> accepted;
};
INSTANTIATE_TEST_SUITE_P(threads, volatile_events, ::testing::Values(1, 3), threads_name);

TEST_P(volatile_events, reach_a_client_that_polls) {
  const auto running = server.start();
  slow_poller client(server.where());
  const auto socket = accepted.pop();
  client.begin_poll();
  socket.volatile_().emit("event", "data");
  EXPECT_EQ(client.end_poll(), R"(42["event","data"])");
}

TEST_P(volatile_events, fill_a_poll_with_the_first_of_a_turn) {
  const auto running = server.start();
  slow_poller client(server.where());
  const auto socket = accepted.pop();
  client.begin_poll();
  socket.post([socket] {
    socket.volatile_().emit("event", 1);
    socket.volatile_().emit("event", 2);
  });
  EXPECT_EQ(client.end_poll(), R"(42["event",1])");
  client.begin_poll();
  socket.emit("event", 3);
  EXPECT_EQ(client.end_poll(), R"(42["event",3])");
}

// A client that can take the event takes its bytes, too, even if the event alone fills a poll.
TEST_P(volatile_events, arrive_with_their_bytes) {
  const auto running = server.start();
  const auto open = connect();
  slow_poller polling(server.where());
  polling.begin_poll();
  server.io.volatile_().emit("bytes", std::vector<std::uint8_t>{65, 0, 66});
  EXPECT_EQ(open->next(), R"(51-["bytes",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(open->next(), std::string("(binary)A\0B", 11));
  EXPECT_EQ(polling.end_poll(), R"(451-["bytes",{"_placeholder":true,"num":0}])"
                                "\x1e"
                                "bQQBC");
}

}  // namespace
