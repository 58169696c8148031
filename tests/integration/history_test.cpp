// Histories of rooms, and what survives a restart of the server.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "recovering_client.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::json;
using socketio::socket;
using testing::ElementsAre;
using testing::IsEmpty;

// Adds the handlers of the tests.
void serve(server_fixture& server, channel<socket>& accepted) {
  server.io.on("connection", [&accepted](const socket& connected) {
    connected.on("join", [connected](const std::string& room, std::size_t rewind) {
      connected.join(room, {.rewind = rewind});
      connected.emit("joined", rewind);
    });
    accepted.push(connected);
  });
}

class history : public ::testing::TestWithParam<std::size_t> {
 protected:
  static socketio::server_options options() {
    auto chosen = options_with(GetParam());
    chosen.history.emplace_back("/", std::regex("^chat"), 3, 1h);
    chosen.history.emplace_back("/", "", 2, 1h);
    chosen.history.emplace_back("/other", socketio::room_pattern(), 1, 1h);
    return chosen;
  }
  history() : server(options()) { serve(server, accepted); }

  server_fixture server;
  channel<socket> accepted;
};
INSTANTIATE_TEST_SUITE_P(threads, history, ::testing::Values(1, 3), threads_name);

TEST_P(history, replays_the_latest_events_to_who_joins) {
  const auto running = server.start();
  for (int i = 1; i <= 4; ++i) server.io.to("chat").emit("message", i);
  server.io.to("elsewhere").emit("message", 5);
  server.io.volatile_().to("chat").emit("message", 6);
  socket_client client(server.where());
  client.connect();
  client.emit(R"(["join","chat",2])");
  EXPECT_EQ(client.next(), R"(2["message",3])");
  EXPECT_EQ(client.next(), R"(2["message",4])");
  EXPECT_EQ(client.next(), R"(2["joined",2])");
  server.io.to("chat").emit("message", 7);
  EXPECT_EQ(client.next(), R"(2["message",7])");

  // Who is in the room already, has them.
  client.emit(R"(["join","chat",100])");
  EXPECT_EQ(client.next(), R"(2["joined",100])");
  client.emit(R"(["join","chat room",100])");
  client.emit(R"(["join","elsewhere",100])");
  EXPECT_EQ(client.next(), R"(2["joined",100])");
  EXPECT_EQ(client.next(), R"(2["joined",100])");

  socket_client other(server.where());
  other.connect();
  other.emit(R"(["join","chat",100])");
  EXPECT_EQ(other.next(), R"(2["message",3])");
  EXPECT_EQ(other.next(), R"(2["message",4])");
  EXPECT_EQ(other.next(), R"(2["message",7])");
}

TEST_P(history, has_neither_a_hole_nor_a_repetition_behind_the_replay) {
  const auto running = server.start();
  constexpr int count = 2000;
  std::jthread emitting([&] {
    for (int i = 1; i <= count; ++i) server.io.to("chat").emit("message", i);
  });
  std::vector<std::unique_ptr<socket_client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<socket_client>(server.where()));
    clients.back()->connect();
    clients.back()->emit(R"(["join","chat",3])");
  }
  emitting.join();
  for (const auto& client : clients) {
    int last = 0;
    while (last < count) {
      const auto event = json::parse(client->next().substr(1));
      if (event[0] == json("joined")) continue;
      const auto number = event[1].get<int>();
      if (last > 0) {
        ASSERT_EQ(number, last + 1);
      }
      last = number;
    }
  }
}

TEST_P(history, can_be_read) {
  const auto running = server.start();
  const auto before = std::chrono::system_clock::now();
  server.io.to("chat").emit("message", 1, "text");
  server.io.to("chat")
      .except("somebody")
      .emit("bytes", socketio::shared_bytes(std::string("\x01")));
  const auto events = server.io.history("chat");
  ASSERT_THAT(events, testing::SizeIs(2));
  EXPECT_EQ(events[0].name, "message");
  EXPECT_THAT(events[0].values, ElementsAre(json(1), json("text")));
  EXPECT_GE(events[0].time, before);
  EXPECT_LE(events[0].time, std::chrono::system_clock::now());
  EXPECT_EQ(events[1].name, "bytes");
  EXPECT_THAT(events[1].values, ElementsAre(json::binary({1})));

  server.io.to("chat").emit("message", 2);
  const auto later = server.io.history("chat", events[1].offset);
  ASSERT_THAT(later, testing::SizeIs(1));
  EXPECT_THAT(later[0].values, ElementsAre(json(2)));
  EXPECT_THAT(server.io.history("chat", later[0].offset), IsEmpty());
  EXPECT_THAT(server.io.history("chat", "unknown"), IsEmpty());
  EXPECT_THAT(server.io.history("elsewhere"), IsEmpty());

  for (int i = 0; i < 3; ++i) server.io.emit("to all", i);
  EXPECT_THAT(server.io.history(""), testing::SizeIs(2));
  server.io.of("/other").to("any").emit("one");
  server.io.of("/other").to("any").emit("two");
  EXPECT_THAT(server.io.of("/other").history("any"), testing::SizeIs(1));
  EXPECT_THAT(server.io.of("/third").history("any"), IsEmpty());
}

TEST(history_options, are_checked) {
  socketio::server_options options;
  options.history.emplace_back("/", socketio::room_pattern(), 0, 1h);
  EXPECT_THROW(socketio::server{options}, std::invalid_argument);
  options.history.back() = {"/", socketio::room_pattern(), 1, 0ms};
  EXPECT_THROW(socketio::server{options}, std::invalid_argument);
  options.history.clear();
  options.connection_state_recovery.emplace().max_disconnection_duration = 0ms;
  EXPECT_THROW(socketio::server{options}, std::invalid_argument);
  options.connection_state_recovery.emplace();
  options.max_event_bytes = 0;
  EXPECT_THROW(socketio::server{options}, std::invalid_argument);
}

// --- Restarts

class restarted_server : public ::testing::TestWithParam<std::size_t> {
 protected:
  restarted_server() {
    std::string name = std::filesystem::temp_directory_path() / "socketio-restart-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
  }
  ~restarted_server() override { std::filesystem::remove_all(folder_); }

  // A server that goes on with what the one before has written.
  std::unique_ptr<server_fixture> make() {
    auto options = options_with(GetParam());
    options.connection_state_recovery.emplace();
    options.history.emplace_back("/", "chat", 10, 1h);
    options.storage = socketio::event_storage(folder_, socketio::sync_policy::never);
    auto made = std::make_unique<server_fixture>(options);
    serve(*made, accepted);
    return made;
  }

  std::filesystem::path folder_;
  channel<socket> accepted;
};
INSTANTIATE_TEST_SUITE_P(threads, restarted_server, ::testing::Values(1, 3), threads_name);

TEST_P(restarted_server, restores_sockets_and_histories) {
  recovering_client client;
  {
    const auto server = make();
    const auto running = server->start();
    client.move_to(server->where());
    client.connect();
    const auto connected = accepted.pop();
    client.send(R"(2["join","chat",0])");
    EXPECT_THAT(client.read_events(1), ElementsAre(R"(["joined",0])"));
    connected.set_data({{"user", "Ada"}});
    server->io.to("chat").emit("message", 1);
    EXPECT_THAT(client.read_events(1), ElementsAre(R"(["message",1])"));
    client.lose();
    server->io.to("chat").emit("message", 2);
  }
  const auto id = client.id();
  const auto server = make();
  const auto running = server->start();
  server->io.to("chat").emit("message", 3);
  client.move_to(server->where());
  EXPECT_THAT(client.connect(), ElementsAre(R"(["message",2])", R"(["message",3])"));
  EXPECT_TRUE(client.recovered());
  EXPECT_EQ(client.id(), id);
  const auto connected = accepted.pop();
  EXPECT_TRUE(connected.recovered());
  EXPECT_EQ(connected.data(), (json{{"user", "Ada"}}));
  EXPECT_THAT(connected.rooms(), ElementsAre(id, "chat"));
  EXPECT_THAT(server->io.history("chat"), testing::SizeIs(3));
  client.lose();
}

TEST_P(restarted_server, knows_nothing_of_what_another_one_has_written) {
  recovering_client client;
  {
    const auto server = make();
    const auto running = server->start();
    client.move_to(server->where());
    client.connect();
    static_cast<void>(accepted.pop());
    client.lose();
  }
  std::filesystem::remove_all(folder_);
  const auto server = make();
  const auto running = server->start();
  client.move_to(server->where());
  EXPECT_THAT(client.connect(), IsEmpty());
  EXPECT_FALSE(client.recovered());
  client.lose();
}

TEST(event_storage, that_cannot_be_used_is_refused) {
  socketio::server_options options;
  options.connection_state_recovery.emplace();
  options.storage = socketio::event_storage("/dev/null/folder");
  EXPECT_THROW(socketio::server{options}, std::exception);
}

}  // namespace
