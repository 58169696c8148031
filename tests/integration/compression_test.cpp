// Events that may not be compressed.
#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::socket;

class compression : public server_test {};
INSTANTIATE_TEST_SUITE_P(threads, compression, ::testing::Values(1, 3), threads_name);

TEST_P(compression, is_left_out_where_an_event_says_so) {
  const std::string large(3000, 'x');
  server.io.on("connection", [&](const socket& socket) {
    socket.on("go", [&, socket](bool compress) {
      socket.compress(compress).emit("one", large);
      server.io.compress(compress).emit("all", large);
    });
  });
  const auto running = server.start();
  polling_client below(server.where());
  below.send("40");
  ASSERT_TRUE(below.next());
  for (const bool compress : {true, false}) {
    below.send(R"(42["go",)" + std::string(compress ? "true" : "false") + "]");
    http_client http(server.where());
    const auto response = http.request("GET", below.target(), {}, "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(response.headers.find("Content-Encoding").has_value(), compress);
    EXPECT_EQ(response.body.size() > large.size(), !compress);
  }
}

}  // namespace
