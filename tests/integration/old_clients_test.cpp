// Clients of Socket.IO 2 (Engine.IO 3), over real connections and beside those of today.
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::ack;
using socketio::arguments;
using socketio::json;
using socketio::socket;

constexpr auto websocket_target = "/socket.io/?EIO=3&transport=websocket"sv;
constexpr auto polling_target = "/socket.io/?EIO=3&transport=polling"sv;

[[nodiscard]] socketio::server_options options_for(std::size_t threads) {
  auto options = options_with(threads);
  options.allow_eio3 = true;
  return options;
}

// What a client receives next: text as it is, bytes after `bytes:`.
std::string next(transport& client) {
  const auto received = client.next();
  if (!received) return "(end)";
  return (received->binary ? "bytes:" : "") + received->data;
}

// The id in an open packet.
std::string sid_in(std::string_view packet) {
  return json::parse(packet.substr(packet.find('{')))["sid"].get<std::string>();
}

class old_clients : public ::testing::TestWithParam<std::size_t> {
 protected:
  old_clients() : server(options_for(GetParam())) {
    server.io.on("connection", [](const socket& socket) {
      socket.join("room");
      socket.on("echo", [](const arguments& values, const ack& reply) { reply(values); });
    });
  }

  // Opens a WebSocket, and returns its session's id.
  std::string open(std::unique_ptr<websocket_client>& client, std::string_view more = {}) const {
    client = std::make_unique<websocket_client>(server.where(),
                                                std::string(websocket_target).append(more));
    auto sid = sid_in(next(*client));
    EXPECT_EQ(next(*client), "40");
    return sid;
  }

  server_fixture server;
};
INSTANTIATE_TEST_SUITE_P(threads, old_clients, ::testing::Values(1, 3), threads_name);

TEST_P(old_clients, share_a_room_with_new_ones) {
  const auto running = server.start();
  std::array<std::unique_ptr<websocket_client>, 6> old;
  for (auto& client : old) open(client);
  std::vector<std::unique_ptr<socket_client>> today;
  for (int i = 0; i < 6; ++i) {
    today.push_back(std::make_unique<socket_client>(server.where()));
    today.back()->connect();
  }
  std::unique_ptr<websocket_client> base64;
  open(base64, "&b64=1");
  server.io.to("room").emit("news", "h\xC3\xA9", json::binary({1, 2, 3}), 7);
  constexpr auto text = "51-[\"news\",\"h\xC3\xA9\",{\"_placeholder\":true,\"num\":0},7]";
  for (const auto& client : old) {
    EXPECT_EQ(next(*client), "4"s + text);
    EXPECT_EQ(next(*client), "bytes:\x04\x01\x02\x03");
  }
  for (const auto& client : today) {
    EXPECT_EQ(client->next(), text);
    EXPECT_EQ(client->next_message()->data, "\x01\x02\x03");
  }
  EXPECT_EQ(next(*base64), "4"s + text);
  EXPECT_EQ(next(*base64), "b4AQID");
}

TEST_P(old_clients, send_and_receive_many_bytes) {
  const auto running = server.start();
  std::unique_ptr<websocket_client> client;
  open(client);
  const std::string bytes(100'000, '\xAB');
  client->send(R"(451-3["echo",{"_placeholder":true,"num":0}])");
  client->send_binary("\x04" + bytes);
  EXPECT_EQ(next(*client), R"(461-3[{"_placeholder":true,"num":0}])");
  EXPECT_EQ(next(*client), "bytes:\x04" + bytes);
  server.io.to("room").emit("news", json::binary(std::vector<std::uint8_t>(100'000, 0xCD)));
  EXPECT_EQ(next(*client), R"(451-["news",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(next(*client), "bytes:\x04" + std::string(100'000, '\xCD'));
}

TEST_P(old_clients, poll_and_post_bytes) {
  const auto running = server.start();
  http_client client(server.where());
  const auto opened = client.get(polling_target).body;
  const auto target = std::string(polling_target) + "&sid=" + sid_in(opened);
  EXPECT_EQ(client.get(target).body, "2:40");
  const auto posted =
      client.request("POST", target,
                     "\x00\x04\x09\xFF"
                     "451-3[\"echo\",{\"_placeholder\":true,\"num\":0},\"h\xC3\xA9\"]"
                     "\x01\x03\xFF\x04\x01\x02"sv,
                     "Content-Type: application/octet-stream\r\n");
  EXPECT_EQ(posted.body, "ok");
  const auto polled = client.get(target);
  EXPECT_EQ(polled.headers["Content-Type"], "application/octet-stream");
  EXPECT_EQ(polled.body,
            "\x00\x04\x02\xFF"
            "461-3[{\"_placeholder\":true,\"num\":0},\"h\xC3\xA9\"]"
            "\x01\x03\xFF\x04\x01\x02"sv);
  EXPECT_EQ(client.request("POST", target, "1:1").body, "ok");
}

TEST_P(old_clients, upgrade_in_the_middle_of_messages) {
  const auto running = server.start();
  http_client polling(server.where());
  const auto sid = sid_in(polling.get(polling_target).body);
  const auto target = std::string(polling_target) + "&sid=" + sid;
  EXPECT_EQ(polling.get(target).body, "2:40");
  websocket_client client(server.where(), std::string(websocket_target) + "&sid=" + sid);
  client.send("2probe");
  EXPECT_EQ(next(client), "3probe");
  EXPECT_EQ(polling.get(target).body, "1:6");
  server.io.to("room").emit("news", json::binary({9}));
  // The answer shows that the server has sent the event.
  EXPECT_EQ(polling.request("POST", target, "11:420[\"echo\"]").body, "ok");
  client.send("5");
  EXPECT_EQ(next(client), R"(451-["news",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(next(client), "bytes:\x04\x09");
  EXPECT_EQ(next(client), "430[]");
  client.send("421[\"echo\"]");
  EXPECT_EQ(next(client), "431[]");
}

TEST_P(old_clients, have_their_shard) {
  const auto running = server.start();
  // The ids of their sockets are those of their sessions, which name the shard.
  for (int i = 0; i < 6; ++i) {
    std::unique_ptr<websocket_client> client;
    const auto sid = open(client);
    EXPECT_TRUE(server.io.find_socket(sid));
    server.io.to(sid).emit("direct");
    EXPECT_EQ(next(*client), R"(42["direct"])");
  }
}

// A program that waits for the connection first would miss an open packet that comes with it.
TEST_P(old_clients, get_the_open_packet_a_moment_after_the_handshake) {
  const auto running = server.start();
  const auto begin = std::chrono::steady_clock::now();
  std::unique_ptr<websocket_client> client;
  open(client);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
}

// --- The heartbeat

TEST_P(old_clients, are_ended_if_they_do_not_ping) {
  auto options = options_for(GetParam());
  options.ping_interval = 50ms;
  options.ping_timeout = 100ms;
  server_fixture waiting(options);
  channel<std::string> reasons;
  waiting.io.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason) { reasons.push(reason); });
  });
  const auto running = waiting.start();
  websocket_client client(waiting.where(), websocket_target);
  EXPECT_EQ(next(client).substr(0, 1), "0");
  EXPECT_EQ(next(client), "40");
  EXPECT_EQ(next(client), "(end)") << "and no ping";
  EXPECT_EQ(reasons.pop(), "ping timeout");
}

// The client's ping lies behind its events, which the server does not read for now. The official
// clients wait for any packet as long as ping_timeout says.
TEST_P(old_clients, hear_from_a_server_that_does_not_read) {
  auto options = options_for(GetParam());
  options.sequential_handlers = true;
  options.max_waiting_events = 2;
  options.ping_interval = 1h;
  options.ping_timeout = 1s;
  gate passage;
  channel<socket> connected;
  server_fixture slow(options);
  slow.io.on("connection", [&](const socket& socket) {
    socket.on("wait", [&passage]() -> boost::asio::awaitable<void> { co_await passage.pass(); });
    socket.on("echo", [](const arguments& values, const ack& reply) { reply(values); });
    connected.push(socket);
  });
  const auto running = slow.start();
  websocket_client client(slow.where(), websocket_target);
  EXPECT_EQ(next(client).substr(0, 1), "0");
  EXPECT_EQ(next(client), "40");
  client.send("42[\"wait\"]");
  passage.waiting.pop();
  for (int i = 0; i < 5; ++i) client.send("42" + std::to_string(i) + "[\"echo\"]");
  client.send("2");
  for (int i = 0; i < 3; ++i) {
    const auto pinged = std::chrono::steady_clock::now();
    EXPECT_EQ(next(client), "6");
    EXPECT_LT(std::chrono::steady_clock::now() - pinged, options.ping_timeout);
  }
  connected.pop().post([&passage] { passage.open(); });
  std::vector<std::string> received;
  while (received.size() < 6) {
    if (auto packet = next(client); packet != "6") received.push_back(std::move(packet));
  }
  EXPECT_EQ(received, (std::vector<std::string>{"430[]", "431[]", "432[]", "433[]", "434[]", "3"}));
}

}  // namespace
