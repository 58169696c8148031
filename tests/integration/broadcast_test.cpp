// Rooms, broadcasts, and operations on many sockets at once.
#include <algorithm>
#include <array>
#include <boost/asio/use_future.hpp>
#include <future>
#include <set>
#include <thread>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::error_code;
using socketio::json;
using socketio::socket;
namespace asio = boost::asio;

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

class broadcasts : public server_test {
 protected:
  struct member {
    std::unique_ptr<socket_client> client;
    socketio::socket socket;
  };

  broadcasts() {
    server.io.on("connection", [this](const socket& connected) { accepted.push(connected); });
  }

  member connect_member(const socketio::room_list& rooms = std::vector<std::string>{}) {
    auto client = connect();
    const auto connected = accepted.pop();
    connected.join(rooms);
    return {std::move(client), connected};
  }

  // Returns which members received the event `name`, and skips earlier packets. Emits a last event
  // to all, so that the test never waits for an event that does not come.
  std::string receivers(const std::vector<const member*>& members, const std::string& name) {
    std::string result;
    server.io.emit("end of " + name);
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (auto packet = members[i]->client->next(); packet != "2[\"end of " + name + "\"]";
           packet = members[i]->client->next()) {
        if (packet == "2[\"" + name + "\"]") result += static_cast<char>('a' + i);
        if (packet == "(end)") throw std::runtime_error("the connection ended");
      }
    }
    return result;
  }

  channel<socket> accepted;
};
INSTANTIATE_TEST_SUITE_P(threads, broadcasts, ::testing::Values(1, 3), threads_name);

TEST_P(broadcasts, reach_the_sockets_of_rooms_once) {
  const auto running = server.start();
  const auto a = connect_member({"red", "all"});
  const auto b = connect_member({"green", "all"});
  const auto c = connect_member({"red", "green", "all"});
  const auto d = connect_member();
  const std::vector<const member*> all{&a, &b, &c, &d};
  const auto& io = server.io;

  io.emit("everybody");
  EXPECT_EQ(receivers(all, "everybody"), "abcd");
  io.to("red").emit("to red");
  EXPECT_EQ(receivers(all, "to red"), "ac");
  io.to("red").to("green").emit("chained");
  EXPECT_EQ(receivers(all, "chained"), "abc");
  io.in({"red", "green", "red"}).emit("listed");
  EXPECT_EQ(receivers(all, "listed"), "abc");
  io.except("red").emit("except red");
  EXPECT_EQ(receivers(all, "except red"), "bd");
  io.to("all").except({"red", "nobody"}).emit("both");
  EXPECT_EQ(receivers(all, "both"), "b");
  io.except("red").except("green").emit("except both");
  EXPECT_EQ(receivers(all, "except both"), "d");
  io.to("nobody").emit("to nobody");
  EXPECT_EQ(receivers(all, "to nobody"), "");
  io.to(d.socket.id()).emit("own room");
  EXPECT_EQ(receivers(all, "own room"), "d");
  io.local().emit("local");
  EXPECT_EQ(receivers(all, "local"), "abcd");

  a.socket.broadcast().emit("broadcast");
  EXPECT_EQ(receivers(all, "broadcast"), "bcd");
  a.socket.to("red").emit("others in red");
  EXPECT_EQ(receivers(all, "others in red"), "c");
  a.socket.to({"red", "green"}).emit("others in both");
  EXPECT_EQ(receivers(all, "others in both"), "bc");
  a.socket.except("green").emit("others not in green");
  EXPECT_EQ(receivers(all, "others not in green"), "d");
  a.socket.local().emit("local others");
  EXPECT_EQ(receivers(all, "local others"), "bcd");

  const auto red = io.to("red");
  static_cast<void>(red.except("green"));
  red.emit("unchanged");
  EXPECT_EQ(receivers(all, "unchanged"), "ac") << "operators are immutable";
}

TEST_P(broadcasts, from_handlers_follow_their_joins) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("join", [socket](const std::string& room, const ack& reply) {
      socket.join(room);
      reply(sorted(socket.rooms()) == sorted({socket.id(), room}));
    });
    socket.on("say", [socket](const std::string& room) { socket.to(room).emit("said"); });
    socket.on("leave", [socket](const std::string& room, const ack& reply) {
      socket.leave(room);
      socket.leave("never joined");
      reply(socket.rooms() == std::vector{socket.id()});
    });
  });
  const auto running = server.start();
  const auto a = connect_member();
  const auto b = connect_member();
  EXPECT_EQ(a.client->ask(R"(["join","room"])"), "[true]");
  EXPECT_EQ(b.client->ask(R"(["join","room"])"), "[true]");
  a.client->emit(R"(["say","room"])");
  EXPECT_EQ(b.client->next(), R"(2["said"])");
  EXPECT_EQ(b.client->ask(R"(["leave","room"])"), "[true]");
  b.client->emit(R"(["say","room"])");
  EXPECT_EQ(a.client->next(), R"(2["said"])");
  a.client->emit(R"(["say","room"])");
  EXPECT_EQ(receivers({&a, &b}, "said"), "");
}

TEST_P(broadcasts, go_to_rooms_that_are_listed_as_they_were_joined) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("rooms", [socket](const ack& reply) {
      socket.join({"a", "b", "c", "b"});
      socket.leave("a");
      reply(socket.rooms());
    });
  });
  const auto running = server.start();
  const auto a = connect_member();
  EXPECT_EQ(a.client->ask(R"(["rooms"])"), "[[\"" + a.socket.id() + R"(","b","c"]])");
}

TEST_P(broadcasts, follow_joins_from_other_threads) {
  const auto running = server.start();
  const auto a = connect_member();
  const auto b = connect_member();
  std::jthread([&] {
    for (int i = 0; i < 50; ++i) {
      const auto room = std::to_string(i);
      a.socket.join(room);
      b.socket.join({room, "other"});
      server.io.to(room).emit("in " + room);
      b.socket.leave(room);
      server.io.to(room).emit("after " + room);
    }
  }).join();
  for (int i = 0; i < 50; ++i) {
    const auto room = std::to_string(i);
    EXPECT_EQ(a.client->next(), "2[\"in " + room + "\"]");
    EXPECT_EQ(a.client->next(), "2[\"after " + room + "\"]");
    EXPECT_EQ(b.client->next(), "2[\"in " + room + "\"]");
  }
  EXPECT_EQ(receivers({&b}, "after 49"), "");
}

TEST_P(broadcasts, do_not_reach_sockets_that_end) {
  channel<std::pair<std::size_t, std::size_t>> rooms;
  server.io.on("connection", [&](const socket& socket) {
    const auto before = std::make_shared<std::size_t>();
    socket.on("disconnecting", [socket, before] { *before = socket.rooms().size(); });
    socket.on("disconnect", [&rooms, socket, before] {
      rooms.push({*before, socket.rooms().size()});
    });
  });
  const auto running = server.start();
  const auto other = connect_member();
  auto leaving = connect_member({"red", "green"});
  leaving.client->send("1");
  EXPECT_EQ(rooms.pop(), std::pair(std::size_t{3}, std::size_t{0}));
  EXPECT_EQ(leaving.client->try_connect("/").substr(0, 1), "0");
  const auto again = accepted.pop();
  server.io.to({"red", "green"}).emit("to the rooms");
  again.emit("welcome back");
  EXPECT_EQ(leaving.client->next(), R"(2["welcome back"])");
  leaving.client.reset();
  EXPECT_EQ(rooms.pop(), std::pair(std::size_t{1}, std::size_t{0}));
  EXPECT_EQ(server.io.sockets_count(), 1U);
}

TEST_P(broadcasts, gather_acknowledgements) {
  channel<std::pair<error_code, json>> called;
  channel<std::vector<std::string>> typed;
  const auto running = server.start();
  auto a = connect_member({"room"});
  auto b = connect_member({"room"});
  const auto c = connect_member();
  const auto answer = [](const member& asked, std::string_view values) {
    const auto packet = asked.client->next();
    ASSERT_TRUE(packet.starts_with('2')) << packet;
    asked.client->send("3" + packet.substr(1, packet.find('[') - 1) + std::string(values));
  };
  const auto note = [&](const error_code& error, const json& values) {
    called.push({error, values});
  };

  server.io.to("room").emit("question", 1, note);
  answer(a, R"([1,"left out"])");
  answer(b, "[1]");
  EXPECT_EQ(called.pop(), std::pair(error_code(), json({1, 1})));

  server.io.to("nobody").emit("question", note);
  EXPECT_EQ(called.pop(), std::pair(error_code(), json::array()));

  server.io.to("room").timeout(50ms).emit("question", note);
  answer(a, "[2]");
  const auto late = called.pop();
  EXPECT_EQ(late.first, socketio::error::timed_out);
  EXPECT_LE(late.second.size(), 1U);
  answer(b, "[2]");

  auto future = server.io.timeout(patience).emit_with_ack("question", asio::use_future);
  answer(c, "[3]");
  answer(a, "[3]");
  answer(b, "[3]");
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  const auto answers = future.get();
  ASSERT_EQ(answers.received.size(), 3U);
  // The answers of different shards may overtake each other.
  std::set<std::string> ids;
  for (const auto& [id, value] : answers.received) {
    ids.insert(id);
    EXPECT_EQ(value, 3);
  }
  EXPECT_EQ(ids, (std::set<std::string>{a.socket.id(), b.socket.id(), c.socket.id()}));
  EXPECT_TRUE(answers.missing.empty());
  EXPECT_FALSE(answers.error);

  // The handler takes a typed list.
  a.socket.to("room").emit(
      "question", [&](const error_code&, const std::vector<std::string>& all) { typed.push(all); });
  answer(b, R"(["text"])");
  EXPECT_EQ(typed.pop(), std::vector<std::string>{"text"});

  server.io.to("room").emit("question", note);
  answer(a, "[4]");
  b.client.reset();
  EXPECT_EQ(called.pop(), std::pair(error_code(socketio::error::disconnected), json::array({4})));
}

TEST_P(broadcasts, carry_bytes) {
  const auto running = server.start();
  const auto a = connect_member();
  const auto polling =
      std::make_unique<socket_client>(std::make_unique<polling_client>(server.where()));
  polling->connect();
  server.io.emit("bytes", std::vector<std::uint8_t>{65, 0, 66});
  for (auto* client : {a.client.get(), polling.get()}) {
    EXPECT_EQ(client->next(), R"(51-["bytes",{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->next(), std::string("(binary)A\0B", 11));
  }
}

TEST_P(broadcasts, may_drop_volatile_events_of_busy_clients_only) {
  const auto running = server.start();
  const auto a = connect_member();
  server.io.volatile_().emit("volatile");
  EXPECT_EQ(receivers({&a}, "volatile"), "a");
  // A polling client cannot take an event while it has no poll open.
  auto transport = std::make_unique<polling_client>(server.where());
  socket_client polling(std::move(transport));
  polling.connect();
  const auto socket = accepted.pop();
  socket.volatile_().emit("volatile");
  server.io.volatile_().emit("volatile");
  socket.emit("kept");
  // Wait until the server has handled all of this before polling again.
  std::promise<void> emitted;
  socket.post([&emitted] { emitted.set_value(); });
  emitted.get_future().wait();
  EXPECT_EQ(polling.next(), R"(2["kept"])");
}

TEST_P(broadcasts, move_sockets_between_rooms) {
  const auto running = server.start();
  const auto a = connect_member({"red"});
  const auto b = connect_member({"red"});
  const auto c = connect_member();
  const std::vector<const member*> all{&a, &b, &c};
  const auto& io = server.io;
  io.in("red").sockets_join({"blue", "black"});
  io.to("blue").emit("to blue");
  EXPECT_EQ(receivers(all, "to blue"), "ab");
  io.in("black").except(a.socket.id()).sockets_leave("blue");
  io.to("blue").emit("still blue");
  EXPECT_EQ(receivers(all, "still blue"), "a");
  io.sockets_join("all");
  io.to("all").emit("to all");
  EXPECT_EQ(receivers(all, "to all"), "abc");
  io.sockets_leave("all");
  io.to("all").emit("no more");
  EXPECT_EQ(receivers(all, "no more"), "");
  // The rooms: each socket's own one, red, blue and black.
  EXPECT_EQ(io.rooms_count(), 6U);
  EXPECT_EQ(io.sockets_count(), 3U);
}

TEST_P(broadcasts, find_sockets) {
  const auto running = server.start();
  const auto a = connect_member({"red"});
  const auto b = connect_member({"red"});
  const auto c = connect_member();
  a.socket.set_data({{"name", "Ada"}});
  const auto find = [](const auto& where) {
    auto future = where.fetch_sockets(asio::use_future);
    if (future.wait_for(patience) != std::future_status::ready) {
      throw std::runtime_error("no sockets in time");
    }
    std::vector<std::string> ids;
    for (const auto& found : future.get()) ids.push_back(found.id());
    return sorted(ids);
  };
  EXPECT_EQ(find(server.io), sorted({a.socket.id(), b.socket.id(), c.socket.id()}));
  EXPECT_EQ(find(server.io.in("red")), sorted({a.socket.id(), b.socket.id()}));
  EXPECT_EQ(find(server.io.in("red").except(a.socket.id())), sorted({b.socket.id()}));
  EXPECT_EQ(find(a.socket.broadcast()), sorted({b.socket.id(), c.socket.id()}));
  EXPECT_TRUE(find(server.io.in("nobody")).empty());
  const auto ada = server.io.in(a.socket.id()).fetch_sockets(asio::use_future).get();
  ASSERT_EQ(ada.size(), 1U);
  EXPECT_EQ(ada.front().id(), a.socket.id());
  EXPECT_EQ(ada.front().data()["name"], "Ada");
}

TEST_P(broadcasts, disconnect_sockets) {
  const auto running = server.start();
  const auto a = connect_member({"red"});
  const auto b = connect_member({"red"});
  const auto c = connect_member();
  server.io.in("red").except(b.socket.id()).disconnect_sockets();
  EXPECT_EQ(a.client->next(), "1");
  EXPECT_EQ(a.client->try_connect("/").substr(0, 1), "0") << "the connection stays";
  server.io.in("red").disconnect_sockets(true);
  EXPECT_EQ(b.client->next(), "1");
  EXPECT_EQ(b.client->next(), "(end)");
  server.io.disconnect_sockets(true);
  EXPECT_EQ(c.client->next(), "1");
  EXPECT_EQ(c.client->next(), "(end)");
  EXPECT_EQ(a.client->next(), "1");
}

TEST_P(broadcasts, stay_in_their_namespace) {
  const auto other = server.io.of("/other");
  channel<socket> others;
  other.on("connection", [&](const socket& connected) { others.push(connected); });
  const auto running = server.start();
  const auto a = connect_member({"room"});
  a.client->connect("/other");
  others.pop().join("room");
  other.to("room").emit("event", 1);
  EXPECT_EQ(a.client->next(), R"(2/other,["event",1])");
  server.io.to("room").emit("event", 2);
  EXPECT_EQ(a.client->next(), R"(2["event",2])");
  EXPECT_EQ(server.io.of("other").name(), "/other");
}

// Any thread may call anything, and the events of one thread keep their order.
TEST_P(broadcasts, may_be_made_by_many_threads_at_once) {
  constexpr std::size_t clients = 50;
  constexpr std::size_t threads = 4;
  constexpr int operations = 400;
  server.io.on("connection", [](const socket& socket) {
    socket.on("echo", [socket](int number) {
      socket.join("echo");
      socket.to("echo").emit("noise", number);
    });
  });
  const auto running = server.start();
  std::vector<member> members;
  for (std::size_t i = 0; i < clients; ++i) members.push_back(connect_member({"all"}));
  {
    std::vector<std::jthread> workers;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      workers.emplace_back([&, thread] {
        const auto room = "room " + std::to_string(thread);
        for (int i = 0; i < operations; ++i) {
          const auto& socket =
              members[(thread + static_cast<std::size_t>(i) * threads) % clients].socket;
          switch (i % 8) {
            case 0:
              socket.join(room);
              break;
            case 1:
              socket.leave(room);
              break;
            case 2:
              server.io.to(room).except("echo").emit("noise", i);
              break;
            case 3:
              socket.broadcast().volatile_().emit("noise", i);
              break;
            case 4:
              server.io.in(room).sockets_join("echo");
              break;
            case 5:
              static_cast<void>(socket.rooms());
              socket.set_data({{"i", i}});
              static_cast<void>(server.io.rooms_count());
              break;
            case 6:
              server.io.in(room).fetch_sockets([](const error_code&, const auto&) {});
              socket.on("event", [] {});
              break;
            default:
              server.io.emit("ordered", thread, i);
              break;
          }
          // Meanwhile, disconnect the last ten clients.
          if (thread == 0 && i % 40 == 20) {
            members[clients - 1 - static_cast<std::size_t>(i) / 40].socket.disconnect(i % 80 == 20);
          }
        }
      });
    }
    for (std::size_t i = 0; i < clients - 10; ++i) {
      for (int k = 0; k < 5; ++k) members[i].client->emit("[\"echo\"," + std::to_string(k) + "]");
    }
  }
  server.io.emit("last");
  for (std::size_t i = 0; i < clients - 10; ++i) {
    std::array<int, threads> expected{7, 7, 7, 7};
    for (auto packet = members[i].client->next(); packet != R"(2["last"])";
         packet = members[i].client->next()) {
      ASSERT_NE(packet, "(end)");
      if (!packet.starts_with("2[\"ordered\"")) continue;
      const auto values = json::parse(packet.substr(1));
      auto& next = expected.at(values.at(1).get<std::size_t>());
      ASSERT_EQ(values.at(2), next) << "client " << i;
      next += 8;
    }
    for (const auto next : expected) EXPECT_EQ(next, operations + 7);
  }
  EXPECT_EQ(server.io.sockets_count(), clients - 10);
  EXPECT_TRUE(server.errors.empty());
}

}  // namespace
