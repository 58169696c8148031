// What a client may have at once: connections, sessions, namespaces, rooms and awaited
// acknowledgements.
#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <socketio/engineio/server.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::ack;
using socketio::arguments;
using socketio::error_code;
using socketio::server_options;
using socketio::socket;
using ::testing::HasSubstr;

class limits : public ::testing::TestWithParam<std::size_t> {
 protected:
  limits() : options(options_with(GetParam())) {}

  // Waits until a condition holds, which threads of the server bring about.
  template <class Condition>
  static bool comes_true(Condition condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + patience; !condition();) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  [[nodiscard]] static socketio::engineio::statistics all_of(const socketio::server& io) {
    socketio::engineio::statistics all;
    for (const auto& each : io.http().statistics()) all += each;
    return all;
  }

  server_options options;
};
INSTANTIATE_TEST_SUITE_P(threads, limits, ::testing::Values(1, 3), threads_name);

// --- Connections

TEST_P(limits, refuse_connections_beyond_the_most) {
  options.max_connections = 2;
  server_fixture server(options);
  const auto running = server.start();
  http_client first(server.where());
  auto second = std::make_unique<http_client>(server.where());
  EXPECT_EQ(first.get("/").status, 404U);
  EXPECT_EQ(second->get("/").status, 404U);
  http_client third(server.where());
  const auto refused = third.read();
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.headers["Retry-After"], "5");
  EXPECT_EQ(third.read_all(), "");
  EXPECT_EQ(all_of(server.io).connections_refused, 1U);
  EXPECT_EQ(first.get("/").status, 404U) << "those that are there go on";
  second.reset();
  EXPECT_TRUE(comes_true([&] { return http_client(server.where()).get("/").status == 404U; }));
}

TEST_P(limits, refuse_connections_beyond_the_most_of_an_address) {
  options.max_connections_per_address = 1;
  server_fixture server(options);
  const auto running = server.start();
  http_client first(server.where());
  EXPECT_EQ(first.get("/").status, 404U);
  EXPECT_EQ(http_client(server.where()).read().status, 503U);
  auto elsewhere = server.where();
  elsewhere.address = "::1";
  EXPECT_EQ(http_client(elsewhere).get("/").status, 404U);
}

TEST_P(limits, hold_no_refused_connection_for_long) {
  options.max_connections = 1;
  server_fixture server(options);
  const auto running = server.start();
  http_client first(server.where());
  EXPECT_EQ(first.get("/").status, 404U);
  // More than those that get a response.
  std::vector<std::unique_ptr<stream>> refused;
  for (int i = 0; i < 100; ++i) refused.push_back(std::make_unique<stream>(server.where()));
  for (const auto& each : refused) static_cast<void>(each->receive_all());
  EXPECT_EQ(all_of(server.io).connections_refused, 100U);
  EXPECT_EQ(all_of(server.io).connections, 1U);
}

// --- Sessions

TEST_P(limits, refuse_sessions_beyond_the_most) {
  options.max_sessions = 2;
  channel<std::string> told;
  options.on_connection_error = [&](const auto&,
                                    const socketio::engineio::connection_error& error) {
    told.push(std::to_string(error.code) + " " + error.context);
  };
  server_fixture server(options);
  const auto running = server.start();
  const std::string polling = "/socket.io/?EIO=4&transport=polling";
  socket_client first(std::make_unique<polling_client>(server.where()));
  auto second = std::make_unique<socket_client>(server.where());
  second->connect();
  const auto refused = http_client(server.where()).get(polling);
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.headers["Retry-After"], "5");
  EXPECT_EQ(told.pop(), "6 SERVER_FULL");
  EXPECT_EQ(
      http_client(server.where())
          .request("GET", "/socket.io/?EIO=4&transport=websocket", {},
                   "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
          .status,
      503U);
  EXPECT_EQ(all_of(server.io).refusals["other"], 2U);
  EXPECT_NE(first.connect(), "") << "those that are there go on";
  second.reset();
  EXPECT_TRUE(comes_true([&] { return http_client(server.where()).get(polling).status == 200U; }));
}

TEST_P(limits, refuse_sessions_beyond_the_most_of_an_address) {
  options.max_sessions_per_address = 1;
  server_fixture server(options);
  const auto running = server.start();
  const std::string polling = "/socket.io/?EIO=4&transport=polling";
  EXPECT_EQ(http_client(server.where()).get(polling).status, 200U);
  EXPECT_EQ(http_client(server.where()).get(polling).status, 503U);
  auto elsewhere = server.where();
  elsewhere.address = "::1";
  EXPECT_EQ(http_client(elsewhere).get(polling).status, 200U);
}

// --- Namespaces

TEST_P(limits, refuse_namespaces_beyond_the_most) {
  options.max_namespaces = 2;
  server_fixture server(options);
  server.io.of([](std::string_view name, const auto& /*auth*/, const auto& decide) {
    decide(name.starts_with("/made"));
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect();
  client.connect("/made1");
  const std::string full = R"(4/made2,{"message":"Too many namespaces"})";
  EXPECT_EQ(client.try_connect("/made2"), full);
  EXPECT_EQ(client.try_connect("/made2"), full);
  client.send("1/made1,");
  EXPECT_THAT(client.try_connect("/made2"), HasSubstr("sid"));
}

// --- Rooms

TEST_P(limits, let_a_socket_join_no_more_rooms_than_the_most) {
  options.max_rooms = 3;
  server_fixture server(options);
  server.io.on("connection", [&](const socket& socket) {
    socket.on("join", [socket](const std::vector<std::string>& rooms, const ack& reply) {
      socket.join(rooms);
      reply(socket.rooms().size());
    });
    socket.on("leave", [socket](const std::string& room) { socket.leave(room); });
    socket.on("join all", [&server](const ack& reply) {
      server.io.in("a").sockets_join("e");
      reply();
    });
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect();
  EXPECT_EQ(client.ask(R"(["join",["a","b","c"]])"), "[4]") << "with its own";
  EXPECT_EQ(client.ask(R"(["join",["a","d"]])"), "[4]");
  EXPECT_THAT(server.errors.pop(), HasSubstr("max_rooms"));
  EXPECT_EQ(client.ask(R"(["join all"])"), "[]");
  EXPECT_THAT(server.errors.pop(), HasSubstr("max_rooms"));
  client.emit(R"(["leave","a"])");
  EXPECT_EQ(client.ask(R"(["join",["d"]])"), "[4]");
  EXPECT_TRUE(server.errors.empty());
}

// --- Acknowledgements

TEST_P(limits, fail_acknowledgements_beyond_the_most) {
  options.max_awaited_acks = 2;
  server_fixture server(options);
  channel<std::string> told;
  server.io.on("connection", [&](const socket& socket) {
    for (int i = 0; i < 3; ++i) {
      socket.timeout(patience).emit("question", i, [&told, i](const error_code& error, int answer) {
        told.push(std::to_string(i) +
                  (error ? ": " + error.message() : " is answered " + std::to_string(answer)));
      });
    }
    socket.on("go on", [&, socket] {
      socket.timeout(patience).emit("question", 3, [&](const error_code& error, int answer) {
        told.push(error ? error.message() : "3 is answered " + std::to_string(answer));
      });
    });
    socket.on("ask all", [&] {
      server.io.timeout(patience).emit(
          "question", 4, [&](const error_code& error, const arguments& answers) {
            told.push(error ? "all: " + error.message() : std::to_string(answers.size()));
          });
    });
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.connect();
  EXPECT_EQ(told.pop(), "2: too many acknowledgements are awaited");
  EXPECT_EQ(client.next(), R"(20["question",0])");
  EXPECT_EQ(client.next(), R"(21["question",1])") << "and nothing else";
  client.emit(R"(["ask all"])");
  EXPECT_EQ(client.next(), R"(23["question",4])") << "a broadcast is sent all the same";
  EXPECT_EQ(told.pop(), "all: too many acknowledgements are awaited");
  client.send("30[7]");
  EXPECT_EQ(told.pop(), "0 is answered 7");
  client.emit(R"(["go on"])");
  EXPECT_EQ(client.next().substr(1), R"(4["question",3])");
  client.send("31[8]");
  client.send("34[9]");
  EXPECT_EQ(told.pop(), "1 is answered 8");
  EXPECT_EQ(told.pop(), "3 is answered 9");
}

TEST(LimitsOptions, AreAtLeastOne) {
  const auto refused = [](auto member) {
    server_options options;
    options.*member = 0;
    EXPECT_THROW(socketio::server{options}, std::invalid_argument);
  };
  refused(&server_options::max_namespaces);
  refused(&server_options::max_rooms);
  refused(&server_options::max_awaited_acks);
  refused(&server_options::max_sessions);
  refused(&server_options::max_sessions_per_address);
  refused(&server_options::max_connections);
  refused(&server_options::max_connections_per_address);
}

}  // namespace
