// Connection state recovery: clients whose connection breaks go on as the same sockets.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
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
using testing::UnorderedElementsAre;

socketio::server_options recovery_options_with(std::size_t threads) {
  auto options = options_with(threads);
  options.connection_state_recovery.emplace();
  return options;
}

class recovery : public ::testing::TestWithParam<std::size_t> {
 protected:
  explicit recovery(const socketio::server_options& options = recovery_options_with(GetParam()))
      : server(options) {
    server.io.on("connection", [this](const socket& connected) {
      connected.on("disconnect", [this, connected](const std::string& reason) {
        ended.push({reason, connected});
      });
      connected.on("join", [connected](const std::string& room, socketio::ack done) {
        connected.join(room);
        done();
      });
      connected.on("leave", [connected](const std::string& room, socketio::ack done) {
        connected.leave(room);
        done();
      });
      accepted.push(connected);
    });
  }

  [[nodiscard]] recovering_client make_client() const { return recovering_client(server.where()); }

  // Waits until a socket has ended, and returns why.
  std::string end_of_socket() {
    const auto [reason, gone] = ended.pop();
    channel<bool> settled;
    gone.post([&] { settled.push(true); });
    settled.pop();
    return reason;
  }
  // Waits until the server has noticed that a client has gone.
  void lose(recovering_client& client) {
    client.lose();
    EXPECT_EQ(end_of_socket(), "transport close");
  }

  server_fixture server;
  channel<socket> accepted;
  channel<std::pair<std::string, socket>> ended;
};
INSTANTIATE_TEST_SUITE_P(threads, recovery, ::testing::Values(1, 3), threads_name);

TEST_P(recovery, restores_id_rooms_and_data_and_sends_what_was_missed) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  const auto first = accepted.pop();
  EXPECT_FALSE(first.recovered());
  client.ask("join", "room");
  first.set_data({{"user", "Ada"}});
  const auto object = first.emplace_data<std::string>("of the application");
  server.io.emit("one", 1);
  EXPECT_THAT(client.read_events(1), ElementsAre(R"(["one",1])"));
  lose(client);

  server.io.emit("two");
  server.io.to("room").emit("three");
  server.io.to("other").emit("not for it");
  server.io.to("room").except(first.id()).emit("not for it either");
  server.io.to(first.id()).emit("four");
  server.io.emit("five", std::string("\x01\x02", 2), socketio::shared_bytes(std::string("\x03")));
  first.emit("six");
  channel<bool> emitted;
  first.post([&] { emitted.push(true); });
  emitted.pop();
  const auto id = client.id();
  const auto pid = client.pid();
  EXPECT_THAT(
      client.connect(),
      ElementsAre(R"(["two"])", R"(["three"])", R"(["four"])",
                  R"(["five","\u0001\u0002",{"_placeholder":true,"num":0}])", R"(["six"])"));
  EXPECT_TRUE(client.recovered());
  EXPECT_EQ(client.id(), id);
  EXPECT_EQ(client.pid(), pid);
  const auto second = accepted.pop();
  EXPECT_TRUE(second.recovered());
  EXPECT_EQ(second.id(), id);
  EXPECT_EQ(second.data(), (json{{"user", "Ada"}}));
  EXPECT_EQ(second.data<std::string>(), object);
  EXPECT_THAT(second.rooms(), ElementsAre(id, "room"));

  server.io.to("room").emit("seven");
  second.emit("eight");
  first.emit("nine");  // of an earlier handle
  EXPECT_THAT(client.read_events(3),
              UnorderedElementsAre(R"(["seven"])", R"(["eight"])", R"(["nine"])"));
}

TEST_P(recovery, works_again_and_again) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  for (int round = 0; round < 5; ++round) {
    lose(client);
    server.io.emit("round", round);
    EXPECT_THAT(client.connect(), ElementsAre(json::array({"round", round}).dump()));
    EXPECT_TRUE(client.recovered());
  }
  // Also if the client has not received what was sent to it.
  const auto offset = client.offset();
  lose(client);
  server.io.emit("last");
  client.connect();
  client.forget_since(offset);
  lose(client);
  EXPECT_THAT(client.connect(), ElementsAre(R"(["last"])"));
}

TEST_P(recovery, replays_from_the_beginning_without_an_offset) {
  const auto running = server.start();
  server.io.emit("before");
  auto client = make_client();
  client.connect();
  lose(client);
  server.io.emit("missed");
  EXPECT_THAT(client.connect(), ElementsAre(R"(["missed"])"));
  EXPECT_TRUE(client.recovered());
}

TEST_P(recovery, knows_when_the_socket_was_in_a_room) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  const auto to_room = [&](const char* name) { server.io.to("room").emit(name); };
  to_room("before it joins");
  client.ask("join", "room");
  to_room("first");
  client.ask("leave", "room");
  to_room("while it is away");
  client.ask("join", "room");
  to_room("second");
  EXPECT_THAT(client.read_events(2), ElementsAre(R"(["first"])", R"(["second"])"));
  // As if nothing of it had come.
  client.forget_since({});
  lose(client);
  EXPECT_THAT(client.connect(), ElementsAre(R"(["first"])", R"(["second"])"));
}

TEST_P(recovery, ends_with_disconnecting) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  const auto id = client.id();
  accepted.pop().disconnect();
  EXPECT_EQ(end_of_socket(), "server namespace disconnect");
  client.lose();
  client.connect();
  EXPECT_FALSE(client.recovered());
  EXPECT_NE(client.id(), id);

  client.send("1");
  EXPECT_EQ(end_of_socket(), "client namespace disconnect");
  client.lose();
  client.connect();
  EXPECT_FALSE(client.recovered());
}

TEST_P(recovery, gives_an_unknown_client_a_new_socket) {
  const auto running = server.start();
  for (const auto* auth :
       {R"({"pid":"unknown","offset":"unknown"})", R"({"pid":1})", R"({"pid":null,"offset":{}})"}) {
    socket_client client(server.where());
    EXPECT_THAT(client.try_connect("/", auth), testing::StartsWith(R"(0{"sid":")"));
  }
  auto client = make_client();
  client.connect();
  const auto pid = client.pid();
  for (const auto* offset : {"unknown", ".1.1", "9999999999"}) {
    lose(client);
    client.forget_since(offset);
    client.connect();
    EXPECT_FALSE(client.recovered()) << offset;
    EXPECT_NE(client.pid(), pid);
  }
}

TEST_P(recovery, takes_over_from_a_connection_that_only_looks_alive) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  const auto former = accepted.pop();
  client.ask("join", "room");
  server.io.to("room").emit("one");
  EXPECT_THAT(client.read_events(1), ElementsAre(R"(["one"])"));
  // The server does not know that the connection is lost.
  const auto lost = client.leave_behind();
  server.io.to("room").emit("two");
  EXPECT_THAT(client.connect(), ElementsAre(R"(["two"])"));
  EXPECT_TRUE(client.recovered());
  EXPECT_EQ(end_of_socket(), "transport close");
  const auto now = accepted.pop();
  EXPECT_EQ(now.id(), former.id());
  EXPECT_NE(now, former);
  EXPECT_FALSE(former.connected());
  EXPECT_EQ(server.io.sockets_count(), 1U);
  server.io.to("room").emit("three");
  EXPECT_THAT(client.read_events(1), ElementsAre(R"(["three"])"));
}

TEST_P(recovery, never_yields_two_sockets) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  static_cast<void>(accepted.pop());
  lose(client);
  // A thief replays the private id, several times at once.
  std::vector<std::unique_ptr<socket_client>> thieves;
  for (int i = 0; i < 8; ++i) {
    thieves.push_back(std::make_unique<socket_client>(server.where()));
    thieves.back()->send("0" + client.auth());
  }
  client.connect();
  int recovered = 0;
  for (int i = 0; i < 9; ++i) {
    const auto connected = accepted.pop();
    if (connected.recovered()) ++recovered;
  }
  EXPECT_GE(recovered, 1);
  std::vector<std::string> ids;
  for (const auto& each : server.io.sockets()) ids.push_back(each.id());
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_P(recovery, is_not_spoiled_by_events_that_are_not_kept) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  const auto connected = accepted.pop();
  server.io.emit("kept", 1);
  server.io.volatile_().emit("volatile", "text");
  connected.volatile_().emit("name only");
  server.io.volatile_().emit("number", 1);
  EXPECT_THAT(
      client.read_packets(4),
      ElementsAre(testing::MatchesRegex(R"(2\["kept",1,"[^"]*\.1\.1"\])"),
                  testing::MatchesRegex(R"(2\["volatile","text","[^"]*\.1\.1"\])"),
                  testing::MatchesRegex(R"(2\["name only","[^"]*\.1\.1"\])"), R"(2["number",1])"));
  lose(client);
  server.io.volatile_().emit("volatile", "missed");
  server.io.emit("kept", 2);
  EXPECT_THAT(client.connect(), ElementsAre(R"(["kept",2])"));
  EXPECT_TRUE(client.recovered());
}

TEST_P(recovery, skips_middlewares) {
  channel<bool> asked;
  server.io.use([&](const socket& joining, socketio::next next) {
    asked.push(joining.recovered());
    next();
  });
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  EXPECT_FALSE(asked.pop());
  lose(client);
  client.connect();
  EXPECT_TRUE(client.recovered());
  EXPECT_TRUE(asked.empty());
}

TEST_P(recovery, keeps_the_rooms_that_a_middleware_joins) {
  server.io.use([](const socket& joining, socketio::next next) {
    joining.join("staff");
    next();
  });
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  lose(client);
  server.io.to("staff").emit("missed");
  EXPECT_THAT(client.connect(), ElementsAre(R"(["missed"])"));
}

TEST_P(recovery, survives_closing_and_listening_again) {
  std::string kept;
  {
    const auto running = server.start();
    auto client = make_client();
    client.connect();
    server.io.emit("one");
    EXPECT_THAT(client.read_events(1), ElementsAre(R"(["one"])"));
    kept = client.auth();
    lose(client);
  }
  const auto running = server.start();
  server.io.emit("two");
  socket_client client(server.where());
  client.send("0" + kept);
  EXPECT_THAT(client.next(), testing::StartsWith(R"(2["two",)"));
  EXPECT_THAT(client.next(), testing::StartsWith("0"));
}

// --- Other options

class recovery_with_middlewares : public recovery {
 protected:
  static socketio::server_options options() {
    auto chosen = recovery_options_with(GetParam());
    chosen.connection_state_recovery->skip_middlewares = false;
    return chosen;
  }
  recovery_with_middlewares() : recovery(options()) {
    server.io.use([this](const socket& joining, const socketio::next& next) {
      joining.on("disconnect", [this] { given_up.push({}); });
      asked.push({joining, next});
    });
  }

  channel<std::pair<socket, socketio::next>> asked;
  channel<std::monostate> given_up;
};
INSTANTIATE_TEST_SUITE_P(threads, recovery_with_middlewares, ::testing::Values(1, 3), threads_name);

TEST_P(recovery_with_middlewares, asks_them_again) {
  const auto running = server.start();
  auto client = make_client();
  client.begin();
  asked.pop().second();
  client.finish();
  lose(client);

  // The client goes while they decide: it may come back once more.
  client.begin();
  const auto [joining, next] = asked.pop();
  EXPECT_TRUE(joining.recovered());
  client.lose();
  given_up.pop();  // that of the first connection
  given_up.pop();
  while (server.io.recovery_statistics().sockets == 0) std::this_thread::yield();
  next();
  server.io.emit("missed");
  client.begin();
  asked.pop().second();
  EXPECT_THAT(client.finish(), ElementsAre(R"(["missed"])"));
  EXPECT_TRUE(client.recovered());

  // One that they refuse may not.
  lose(client);
  client.begin();
  asked.pop().second("no longer");
  EXPECT_THAT(client.read_packets(1), ElementsAre(testing::HasSubstr("no longer")));
  client.lose();
  client.begin();
  EXPECT_FALSE(asked.pop().first.recovered());
}

class short_recovery : public recovery {
 protected:
  static socketio::server_options options() {
    auto chosen = recovery_options_with(GetParam());
    chosen.connection_state_recovery->max_disconnection_duration = 1ms;
    return chosen;
  }
  short_recovery() : recovery(options()) {}
};
INSTANTIATE_TEST_SUITE_P(threads, short_recovery, ::testing::Values(1, 3), threads_name);

TEST_P(short_recovery, forgets_clients_and_events_in_time) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  server.io.emit("event");
  client.read_events(1);
  lose(client);
  const auto begin = std::chrono::steady_clock::now();
  auto statistics = server.io.recovery_statistics();
  while (statistics.sockets + statistics.events > 0) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, patience);
    std::this_thread::yield();
    statistics = server.io.recovery_statistics();
  }
  EXPECT_EQ(statistics.event_bytes, 0U);
  EXPECT_EQ(statistics.socket_bytes, 0U);
  client.connect();
  EXPECT_FALSE(client.recovered());
}

class small_recovery : public recovery {
 protected:
  static socketio::server_options options() {
    auto chosen = recovery_options_with(GetParam());
    chosen.max_event_bytes = 20'000;
    return chosen;
  }
  small_recovery() : recovery(options()) {}
};
INSTANTIATE_TEST_SUITE_P(threads, small_recovery, ::testing::Values(1, 3), threads_name);

TEST_P(small_recovery, takes_bounded_memory_and_leaves_no_hole) {
  const auto running = server.start();
  auto client = make_client();
  client.connect();
  server.io.emit("first");
  client.read_events(1);
  lose(client);
  for (int i = 0; i < 100; ++i) server.io.emit("event", i, std::string(1000, 'x'));
  EXPECT_LE(server.io.recovery_statistics().event_bytes, 20'000U);
  EXPECT_GE(server.io.recovery_statistics().events, 10U);
  EXPECT_THAT(client.connect(), IsEmpty());
  EXPECT_FALSE(client.recovered());

  // Sockets that are away are bounded, too.
  for (int i = 0; i < 100; ++i) {
    auto other = make_client();
    other.connect();
    lose(other);
  }
  EXPECT_LE(server.io.recovery_statistics().socket_bytes, 5'000U);
  EXPECT_GE(server.io.recovery_statistics().sockets, 10U);
}

}  // namespace
