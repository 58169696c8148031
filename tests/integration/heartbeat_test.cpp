// Heartbeats between other traffic.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/engineio/server.hpp>
#include <socketio/engineio/session_observer.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::socket;
namespace engineio = socketio::engineio;

// Tells of each heartbeat that the server sends.
class heartbeat_observer final : public engineio::session_observer {
 public:
  channel<bool> sent;

 private:
  void packet_sent(const engineio::session& /*which*/, const engineio::packet& packet) override {
    if (packet.type == engineio::packet_type::ping) sent.push(true);
  }
};

// 6 MB, more than the system takes for a client that does not read: the heartbeat waits in their
// middle, and the client answers while the server is still sending.
TEST(heartbeats, pass_between_many_messages) {
  auto options = options_with(1);
  options.ping_interval = 50ms;
  server_fixture server(options);
  const auto heartbeats = std::make_shared<heartbeat_observer>();
  server.io.engine().add_observer(heartbeats);
  const auto send_half = [&] {
    for (int i = 0; i < 50; ++i) server.io.emit("message", std::string(65'536, 'a'));
  };
  server.io.on("connection", [&](const socket& socket) {
    socket.on("begin", send_half);
    socket.on("echo", [](int value, const socketio::ack& reply) { reply(value); });
  });
  const auto running = server.start();
  websocket_client client(server.where());
  const auto next = [&] {
    const auto received = client.next();
    return received ? received->data : "(end)";
  };
  EXPECT_EQ(next().substr(0, 1), "0");
  client.send("40");
  const auto first = next().substr(0, 2);
  const auto second = next().substr(0, 2);
  ASSERT_EQ(std::minmax(first, second), std::minmax<std::string>("2", "40"));

  // The next heartbeat is due some time after the answer, and so behind the first half.
  client.send(R"(42["begin"])");
  client.send("3");
  for (int i = 0; i < 2; ++i) heartbeats->sent.pop();
  send_half();
  constexpr auto message_size = 65'536 + std::string_view(R"(42["message",""])").size();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(next().size(), message_size);
  ASSERT_EQ(next(), "2");
  client.send("3");
  int later_heartbeats = 0;
  for (int messages = 0; messages < 50 || later_heartbeats == 0;) {
    const auto packet = next();
    if (packet == "2") {
      ++later_heartbeats;
      client.send("3");
    } else {
      ASSERT_EQ(packet.size(), message_size);
      ++messages;
    }
  }
  client.send(R"(420["echo",1])");
  auto packet = next();
  for (; packet == "2"; packet = next()) client.send("3");
  EXPECT_EQ(packet, "430[1]");
}

}  // namespace
