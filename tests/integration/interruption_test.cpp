// Clients that go, and servers that close, in the middle of something.
#include <algorithm>
#include <optional>
#include <thread>
#include <tuple>

#include <socketio/engineio/cors.hpp>
#include <socketio/engineio/server.hpp>

#include "certificate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::socket;
namespace websocket = socketio::websocket;

constexpr auto origin = "https://page.test";

[[nodiscard]] std::string upgrade_target(const polling_client& client) {
  return "/socket.io/?EIO=4&transport=websocket&sid=" + client.sid();
}

socketio::server_options options_for(std::size_t threads) {
  auto options = options_with(threads);
  options.cors.emplace();
  options.cors->origins = {origin};
  options.max_payload = 1'000;
  return options;
}

// Notes how sockets end: "reason|description". Knows the events "echo" and "large".
class interrupted_server : public ::testing::TestWithParam<std::size_t> {
 public:
  interrupted_server() : server(options_for(GetParam())) {
    for (const std::string name : {"/", "/other"}) {
      server.io.of(name).on("connection", [&](const socket& socket) {
        socket.on("disconnect", [&](const std::string& reason, const std::string& description) {
          ends.push(reason + "|" + description);
        });
        socket.on("echo", [](const std::string& text, const socketio::ack& reply) { reply(text); });
        socket.on("large", [socket] { socket.emit("large", std::string(8'000'000, 'x')); });
      });
    }
  }

  // A session of long-polling that has joined the namespace `/`.
  [[nodiscard]] std::unique_ptr<socket_client> poll() {
    auto client = std::make_unique<socket_client>(std::make_unique<polling_client>(server.where()));
    client->connect();
    return client;
  }

  // The text of a post's beginning.
  [[nodiscard]] static std::string head_of_post(socket_client& client, std::string_view fields) {
    return "POST " + client.below<polling_client>().target() +
           " HTTP/1.1\r\nHost: x\r\nOrigin: " + origin + "\r\n" + std::string(fields) + "\r\n";
  }

  // Waits until the server has closed all connections but so many.
  void wait_for_connections(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (server.io.http().connections_count() != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  channel<std::string> ends;
  server_fixture server;
};
INSTANTIATE_TEST_SUITE_P(threads, interrupted_server, ::testing::Values(1, 3), threads_name);

TEST_P(interrupted_server, ends_the_session_of_a_post_that_is_cut_off) {
  static constexpr auto lost = "transport error|data request connection closed prematurely";
  const auto running = server.start();
  struct cut {
    std::string_view fields;
    std::string_view body;
  };
  for (const auto& [fields, body] :
       {cut{"Content-Length: 10\r\n", ""}, cut{"Content-Length: 10\r\n", "42[\"x"},
        cut{"Transfer-Encoding: chunked\r\n", ""}, cut{"Transfer-Encoding: chunked\r\n", "5"},
        cut{"Transfer-Encoding: chunked\r\n", "5\r\n42["},
        cut{"Transfer-Encoding: chunked\r\n", "2\r\n41\r\n0\r\n"}}) {
    for (const bool upgrades : {false, true}) {
      for (const auto end : {&stream::end_sending, &stream::close, &stream::reset}) {
        const auto client = poll();
        std::optional<websocket_client> candidate;
        if (upgrades) {
          candidate.emplace(server.where(), upgrade_target(client->below<polling_client>()));
          candidate->send("2probe");
          EXPECT_EQ(candidate->next()->data, "3probe");
        }
        http_client posting(server.where());
        posting.send(head_of_post(*client, fields) + std::string(body));
        (posting.below().*end)();
        EXPECT_EQ(ends.pop(), lost) << fields << body;
        EXPECT_FALSE(candidate && candidate->next()) << "the WebSocket is closed";
      }
    }
  }
  EXPECT_TRUE(ends.empty());
}

TEST_P(interrupted_server, goes_on_when_a_request_is_cut_off_before_it_is_known) {
  const auto running = server.start();
  const auto client = poll();
  const auto whole = head_of_post(*client, "Content-Length: 10\r\n");
  for (const auto size : {std::size_t{1}, std::string_view("POST /socket.io/?EIO=4&tr").size(),
                          whole.find("\r\n") + 2, whole.find("Content"), whole.size() - 1}) {
    for (const auto end : {&stream::end_sending, &stream::close, &stream::reset}) {
      {
        http_client posting(server.where());
        posting.send(whole.substr(0, size));
        (posting.below().*end)();
      }
      wait_for_connections(1);
    }
  }
  EXPECT_EQ(client->ask(R"(["echo","still here"])"), R"(["still here"])");
  EXPECT_TRUE(ends.empty());
}

TEST_P(interrupted_server, ends_the_session_of_a_post_that_is_refused) {
  const auto running = server.start();
  const std::string large(1'001, 'x');
  struct refusal {
    std::string_view fields;
    std::string body;
    unsigned status;
    std::string_view end;
  };
  for (const auto& [fields, body, status, end] :
       {refusal{"Content-Length: 1001\r\n", "", 413, "payload too large"},
        refusal{"Content-Length: 1001\r\n", large, 413, "payload too large"},
        refusal{"Content-Length: 1001\r\nExpect: 100-continue\r\n", "", 413, "payload too large"},
        refusal{"Transfer-Encoding: chunked\r\n", "3e9\r\n" + large, 413, "payload too large"},
        refusal{"Transfer-Encoding: chunked\r\n", "nonsense\r\n", 400,
                "data request connection closed prematurely"}}) {
    const auto client = poll();
    http_client posting(server.where());
    posting.send(head_of_post(*client, fields) + body);
    const auto response = posting.read();
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.headers.count("Access-Control-Allow-Origin"), 1U) << fields;
    EXPECT_EQ(response.headers["Access-Control-Allow-Origin"], origin);
    EXPECT_EQ(posting.read_all(), "") << "the connection is closed";
    EXPECT_EQ(ends.pop(), "transport error|" + std::string(end));
  }
}

TEST_P(interrupted_server, ends_the_session_of_a_large_post_behind_a_middleware) {
  server.io.engine().use([](const socketio::http_request&, socketio::http_fields&,
                            const socketio::http_next& next) { next(); });
  const auto running = server.start();
  for (const std::string fields : {"Content-Length: 1001\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const auto client = poll();
    http_client posting(server.where());
    const std::string chunk = fields.starts_with("Transfer") ? "3e9\r\n" : "";
    posting.send(head_of_post(*client, fields) + chunk + std::string(1'001, 'x'));
    EXPECT_EQ(posting.read().status, 413U);
    EXPECT_EQ(ends.pop(), "transport error|payload too large");
  }
}

TEST(interrupted_body, ends_the_session_when_it_takes_too_long) {
  auto options = options_for(1);
  options.body_timeout = 200ms;
  server_fixture server(options);
  channel<std::string> ends;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason, const std::string& description) {
      ends.push(reason + "|" + description);
    });
  });
  const auto running = server.start();
  socket_client client(std::make_unique<polling_client>(server.where()));
  client.connect();
  http_client posting(server.where());
  posting.send("POST " + client.below<polling_client>().target() +
               " HTTP/1.1\r\nHost: x\r\nOrigin: " + origin + "\r\nContent-Length: 10\r\n\r\n42");
  const auto response = posting.read();
  EXPECT_EQ(response.status, 408U);
  EXPECT_EQ(response.headers["Access-Control-Allow-Origin"], origin);
  EXPECT_EQ(ends.pop(), "transport error|http request timeout");
}

// The connection of a post whose session has ended would else be held for body_timeout.
TEST_P(interrupted_server, closes_the_connection_of_a_post_with_its_session) {
  const auto running = server.start();
  using interruption = void (*)(interrupted_server&, socket_client&);
  for (const auto& [interrupt, end] : std::initializer_list<std::pair<interruption, std::string>>{
           {[](interrupted_server&test, socket_client&client) {
              http_client second(test.server.where());
              second.send(head_of_post(client, "Content-Length: 2\r\n") + "41");
              const auto refused = second.read();
              EXPECT_EQ(refused.status, 400U);
              EXPECT_EQ(refused.headers["Access-Control-Allow-Origin"], origin);
            },
            "transport error|data request overlap from client"},
           {[](interrupted_server&test, socket_client&client) {
              const auto get = http_client::format("GET", client.below<polling_client>().target());
              http_client first(test.server.where());
              http_client second(test.server.where());
              first.send(get);
              second.send(get);
              EXPECT_EQ(first.read().status + second.read().status, 600U) << "200 and 400";
            },
            "transport error|overlap from client"},
           {[](interrupted_server&test, socket_client&client) {
              websocket_client upgraded(test.server.where(),
                                        upgrade_target(client.below<polling_client>()));
              upgraded.send("2probe");
              EXPECT_EQ(upgraded.next()->data, "3probe");
              upgraded.send("5");
              upgraded.send("41");
            },
            "client namespace disconnect|"},
           {[](interrupted_server&test, socket_client&) {
              test.server.io.disconnect_sockets(true);
            },
            "server namespace disconnect|"}}) {
    const auto client = poll();
    http_client posting(server.where());
    // The answer to the pipelined first request says that the server has come to the second.
    posting.send(head_of_post(*client, "Content-Length: 1\r\n") + "3" +
                 head_of_post(*client, "Content-Length: 10\r\n") + "42");
    EXPECT_EQ(posting.read().body, "ok");
    interrupt(*this, *client);
    EXPECT_EQ(ends.pop(), end);
    EXPECT_EQ(posting.read_all(), "") << "the connection is closed: " << end;
  }
}

TEST_P(interrupted_server, takes_a_lost_websocket_for_a_closed_one) {
  const temporary_folder folder;
  socketio::listen_options listening;
  listening.tls = make_certificate(folder.path());
  endpoint secure(server.io.listen(listening));
  secure.tls = true;
  const auto running = server.start();
  for (const auto& where : {server.where(), secure}) {
    for (const auto end : {&stream::end_sending, &stream::close, &stream::reset}) {
      for (const bool unread : {false, true}) {
        // A server that waits for the client to read does not read, either.
        if (unread && end == &stream::end_sending) continue;
        socket_client client(where);
        client.connect();
        if (unread) {
          // More than the system takes on: some of it waits in the server.
          client.emit(R"(["large"])");
          static_cast<void>(client.below<websocket_client>().below().receive());
        }
        (client.below<websocket_client>().below().*end)();
        EXPECT_EQ(ends.pop(), "transport close|") << where.tls << unread;
      }
    }
  }
}

// --- Upgrades

enum class upgrade_step { opened, probed, completed };

[[nodiscard]] std::unique_ptr<websocket_client> upgrade_to(upgrade_step step, const endpoint& where,
                                                           const polling_client& client) {
  auto upgraded = std::make_unique<websocket_client>(where, upgrade_target(client));
  if (step == upgrade_step::opened) return upgraded;
  upgraded->send("2probe");
  EXPECT_EQ(upgraded->next()->data, "3probe");
  if (step == upgrade_step::completed) upgraded->send("5");
  return upgraded;
}

constexpr auto upgrade_steps = {upgrade_step::opened, upgrade_step::probed,
                                upgrade_step::completed};

TEST_P(interrupted_server, lets_clients_join_and_leave_while_they_upgrade) {
  const auto running = server.start();
  for (const auto step : upgrade_steps) {
    const auto client = poll();
    auto& polling = client->below<polling_client>();
    auto upgraded = upgrade_to(step, server.where(), polling);
    const auto send = [&](std::string_view packet) {
      if (step == upgrade_step::completed) {
        upgraded->send(packet);
      } else {
        polling.send(packet);
      }
    };
    send("40/other,");
    send("41");
    EXPECT_EQ(ends.pop(), "client namespace disconnect|");
    if (step == upgrade_step::opened) upgraded->send("2probe");
    if (step != upgrade_step::completed) upgraded->send("5");
    // The answer has waited for the end of the upgrade.
    auto answer = upgraded->next();
    if (answer && answer->data == "3probe") answer = upgraded->next();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->data.substr(0, 16), R"(40/other,{"sid":)");
    upgraded->send(R"(42/other,7["echo","there"])");
    EXPECT_EQ(upgraded->next()->data, R"(43/other,7["there"])");
    upgraded->send("41/other,");
    EXPECT_EQ(ends.pop(), "client namespace disconnect|");
  }
}

TEST_P(interrupted_server, joins_while_a_poll_is_pending) {
  const auto running = server.start();
  const auto client = poll();
  http_client polling(server.where());
  polling.send(http_client::format("GET", client->below<polling_client>().target()));
  client->send("0/other,");
  EXPECT_EQ(polling.read().body.substr(0, 16), R"(40/other,{"sid":)");
  polling.send(http_client::format("GET", client->below<polling_client>().target()));
  client->send("1/other,");
  EXPECT_EQ(ends.pop(), "client namespace disconnect|");
  polling.below().reset();
  EXPECT_EQ(ends.pop(), "transport error|poll connection closed prematurely");
}

class closing_server
    : public ::testing::TestWithParam<std::tuple<std::size_t, upgrade_step, bool>> {};
INSTANTIATE_TEST_SUITE_P(steps, closing_server,
                         ::testing::Combine(::testing::Values(1, 3),
                                            ::testing::ValuesIn(upgrade_steps), ::testing::Bool()));

TEST_P(closing_server, leaves_nobody_waiting_in_an_upgrade) {
  const auto& [threads, step, posts] = GetParam();
  server_fixture server(options_with(threads));
  channel<std::string> ends;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason) { ends.push(reason); });
    // Not acknowledged by the client: completes with an error when the socket ends.
    socket.emit("question", [&](const boost::system::error_code& error, const std::string&) {
      ends.push(error ? "not answered" : "answered");
    });
  });
  const auto running = server.start();
  socket_client client(std::make_unique<polling_client>(server.where()));
  client.connect();
  const auto& polling = client.below<polling_client>();
  const auto upgraded = upgrade_to(step, server.where(), polling);
  http_client posting(server.where());
  if (posts && step != upgrade_step::completed) {
    posting.send("POST " + polling.target() +
                 " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n42");
  }
  server.close();
  std::vector<std::string> told{ends.pop(), ends.pop()};
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (std::vector<std::string>{"not answered", "server shutting down"}));
  EXPECT_TRUE(ends.empty());
  EXPECT_EQ(posting.read_all(), "");
  while (upgraded->next()) {
  }
}

}  // namespace
