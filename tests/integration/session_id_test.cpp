// Ids that the application chooses: requests find their session on every shard.
#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "server_fixture.hpp"

namespace {

using namespace integration;

class session_ids : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(threads, session_ids, ::testing::Values(1, 3), threads_name);

TEST_P(session_ids, reach_their_sessions) {
  auto options = options_with(GetParam());
  std::atomic<int> count{0};
  options.generate_id = [&](const socketio::http_request&,
                            const socketio::engineio::id_callback& decide) {
    decide("client-" + std::to_string(++count));
  };
  server_fixture server(options);
  server.io.on("connection", [](const socketio::socket& socket) {
    socket.on("ask", [](int number, const socketio::ack& reply) { reply(number); });
  });
  const auto running = server.start();
  std::set<std::string> sids;
  for (int i = 0; i < 4; ++i) {
    auto polling = std::make_unique<polling_client>(server.where());
    sids.insert(polling->sid());
    socket_client client(std::move(polling));
    client.connect();
    EXPECT_EQ(client.ask(R"(["ask",7])"), "[7]");
  }
  EXPECT_EQ(sids, std::set<std::string>({"client-1", "client-2", "client-3", "client-4"}));
}

}  // namespace
