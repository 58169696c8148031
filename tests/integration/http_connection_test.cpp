// What a connection of HTTP does at its end: half-closed clients, refusals, and what follows them.
#include <filesystem>
#include <fstream>

#include <socketio/form.hpp>
#include <socketio/websocket.hpp>

#include "certificate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;
using socketio::socket;

constexpr auto upgrade_fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

class http_connection_end : public server_test {
 protected:
  http_connection_end() : http(server.io.http()) {
    http.get("/ok", [](const http_request&) { return text("ok"); });
    http.get("/later", [&](const http_request&, std::string_view, const http_reply& reply) {
      pending.push(reply);
    });
  }

  static http_response text(std::string content) {
    return http_response(200, "text/plain", std::move(content));
  }

  channel<http_reply> pending;
  socketio::http_server& http;
};
INSTANTIATE_TEST_SUITE_P(threads, http_connection_end, ::testing::Values(1, 3), threads_name);

TEST_P(http_connection_end, comes_after_all_responses_to_a_half_closed_client) {
  const temporary_folder folder;
  const std::string large(8 * 1024 * 1024, 'x');
  std::ofstream(folder.path() / "large.bin") << large;
  http.serve_folder("/files/", folder.path());
  http.get("/large", [&](const http_request&) { return text(large); });
  socketio::listen_options listening;
  listening.tls = make_certificate(folder.path());
  endpoint secure(server.io.listen(listening));
  secure.tls = true;
  const auto running = server.start();
  for (const auto& where : {server.where(), secure}) {
    for (const auto* const fields : {"", "Connection: close\r\n"}) {
      for (const auto* const target : {"/files/large.bin", "/large"}) {
        http_client client(where);
        client.send(http_client::format("GET", target, {}, fields));
        client.below().end_sending();
        EXPECT_TRUE(client.read().body == large) << target << where.tls;
        EXPECT_EQ(client.read_all(), "") << "the connection is closed";
      }
    }
    http_client client(where);
    std::string requests;
    for (int i = 0; i < 3; ++i) {
      for (const auto* const target : {"/ok", "/later", "/large", "/none"}) {
        requests += http_client::format("GET", target);
      }
    }
    client.send(requests);
    client.below().end_sending();
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(client.read().body, "ok");
      pending.pop()(text("later"));
      EXPECT_EQ(client.read().body, "later");
      EXPECT_TRUE(client.read().body == large);
      EXPECT_EQ(client.read().status, 404U);
    }
    EXPECT_EQ(client.read_all(), "") << "the connection is closed";
  }
}

TEST_P(http_connection_end, comes_soon_after_a_client_that_does_not_ask_for_anything) {
  const auto running = server.start();
  http_client silent(server.where());
  silent.below().end_sending();
  EXPECT_EQ(silent.read_all(), "");
  http_client idle(server.where());
  EXPECT_EQ(idle.get("/ok").body, "ok");
  idle.below().end_sending();
  EXPECT_EQ(idle.read_all(), "");
  http_client incomplete(server.where());
  incomplete.send(http_client::format("GET", "/ok") + "GET /o");
  incomplete.below().end_sending();
  EXPECT_EQ(incomplete.read().body, "ok");
  EXPECT_EQ(incomplete.read().status, 400U);
  EXPECT_EQ(incomplete.read_all(), "");
}

TEST_P(http_connection_end, comes_when_a_half_closed_client_has_waited_long_enough) {
  auto options = options_with(GetParam());
  options.write_timeout = 200ms;
  server_fixture impatient(options);
  impatient.io.http().get("/later", [&](const http_request&, std::string_view,
                                        const http_reply& reply) { pending.push(reply); });
  const auto running = impatient.start();
  http_client client(impatient.where());
  client.send(http_client::format("GET", "/later"));
  client.below().end_sending();
  const auto reply = pending.pop();
  EXPECT_EQ(client.read_all(), "");
  reply(text("nobody is there"));
}

// As in the reference server: a client that polls and ends its side has gone.
TEST_P(http_connection_end, of_a_poll_ends_the_session_but_not_if_the_poll_is_answered) {
  channel<std::string> ends;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("disconnect", [&](const std::string& reason, const std::string& description) {
      ends.push(reason + "|" + description);
    });
    socket.on("ask", [socket] { socket.emit("answer"); });
  });
  const auto running = server.start();
  socket_client client(std::make_unique<polling_client>(server.where()));
  client.connect();
  client.emit(R"(["ask"])");
  const auto get = http_client::format("GET", client.below<polling_client>().target());
  http_client answered(server.where());
  answered.send(get);
  answered.below().end_sending();
  EXPECT_EQ(answered.read().body, R"(42["answer"])");
  EXPECT_EQ(answered.read_all(), "");
  client.emit(R"(["ask"])");
  EXPECT_EQ(client.next(), R"(2["answer"])") << "the session goes on";
  EXPECT_TRUE(ends.empty());
  http_client waiting(server.where());
  waiting.send(get);
  waiting.below().end_sending();
  EXPECT_EQ(waiting.read_all(), "");
  EXPECT_EQ(ends.pop(), "transport error|poll connection closed prematurely");
}

TEST_P(http_connection_end, follows_a_refusal_to_upgrade) {
  socketio::websocket::route route;
  route.origins = {"https://page.test"};
  http.websocket("/native", std::move(route));
  http.get("/forbidden", [](const http_request&) { return http_response(403); });
  const auto running = server.start();
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::string engine = "/socket.io/?EIO=4&transport=websocket";
  struct refusal {
    std::string target;
    std::string fields;
    unsigned status;
  };
  const std::string good = upgrade_fields + key + version;
  for (const auto& [target, fields, status] :
       {refusal{engine, upgrade_fields + version, 400},
        refusal{engine, upgrade_fields + version + "Sec-WebSocket-Key: short\r\n", 400},
        refusal{engine, upgrade_fields + key, 400},
        refusal{engine, upgrade_fields + key + "Sec-WebSocket-Version: 7\r\n", 400},
        refusal{engine, "Connection: Upgrade\r\nUpgrade: foo\r\n" + key + version, 400},
        refusal{engine + "&sid=unknown", good, 400},
        refusal{"/socket.io/?EIO=3&transport=websocket", good, 400},
        refusal{"/native", upgrade_fields + version, 400},
        refusal{"/native", good + "Origin: https://other.test\r\n", 403},
        refusal{"/native", "Connection: Upgrade\r\nUpgrade: foo\r\n", 426},
        refusal{"/forbidden", good, 403}, refusal{"/none", good, 404}}) {
    http_client client(server.where());
    // The request that follows may be a frame: it is not looked at.
    client.send(http_client::format("GET", target, {}, fields) + http_client::format("GET", "/ok"));
    const auto response = client.read();
    EXPECT_EQ(response.status, status) << target << fields;
    EXPECT_TRUE(response.headers.has_token("Connection", "close")) << target << fields;
    EXPECT_EQ(client.read_all(), "") << target << fields;
  }
  // A server may pass over an Upgrade, and a client that does not ask for one is told of it.
  http_client client(server.where());
  const auto passed_over = client.request("GET", "/ok", {},
                                          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                          "HTTP2-Settings: AAMAAABkAAQAAP__\r\n");
  EXPECT_EQ(passed_over.body, "ok");
  EXPECT_EQ(client.get("/native").status, 426U);
  EXPECT_EQ(client.get("/ok").body, "ok");
}

TEST_P(http_connection_end, comes_though_a_refused_client_sends_on) {
  const auto running = server.start();
  for (const auto& [request, status] :
       {std::pair{"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(20'000, 'x'), 431U},
        std::pair{std::string("nonsense\r\n\r\n"), 400U},
        std::pair{
            std::string("POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n"),
            413U}}) {
    http_client client(server.where());
    client.send(request);
    EXPECT_EQ(client.read().status, status);
    // The system takes some megabytes on for a server that does not read.
    constexpr std::size_t most = std::size_t{64} << 20U;
    const std::string piece(64 * 1024, 'x');
    std::size_t sent = 0;
    EXPECT_THROW(
        {
          for (; sent < most; sent += piece.size()) client.send(piece);
        },
        std::exception)
        << status;
    EXPECT_LT(sent, most);
  }
}

TEST_P(http_connection_end, in_a_form_leaves_nothing_behind) {
  const temporary_folder folder;
  channel<bool> ends;
  socketio::form_options options;
  options.folder = folder.path();
  options.max_file_size = 100;
  options.on_progress = [&](const http_request&, const socketio::form_progress& progress) {
    if (progress.ended) ends.push(progress.complete);
  };
  http.form("/form", options,
            [](const http_request&, const socketio::form&, const http_reply&) { ADD_FAILURE(); });
  const auto running = server.start();
  const std::string head =
      "POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
      "Content-Type: multipart/form-data; boundary=b\r\n\r\n";
  const std::string part =
      "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n";
  for (const auto& body : {std::string(), part.substr(0, 10), part, part + "text",
                           part + "text\r\n" + part + "more"}) {
    for (const auto end : {&stream::end_sending, &stream::close, &stream::reset}) {
      http_client client(server.where());
      client.send(head + body);
      (client.below().*end)();
      EXPECT_FALSE(ends.pop());
      EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << body;
    }
  }
  http_client client(server.where());
  client.send(head + part + std::string(200, 'x'));
  EXPECT_EQ(client.read().status, 413U);
  EXPECT_FALSE(ends.pop());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_P(http_connection_end, leaves_a_refused_client_time_to_read_why) {
  const auto running = server.start();
  http_client client(server.where());
  client.send("POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n");
  // More than the server reads of it, and less than the system takes on.
  client.send(std::string(512 * 1024, 'x'));
  EXPECT_EQ(client.read().status, 413U);
}

TEST_P(http_connection_end, has_responses_that_say_what_they_are) {
  http.get("/nothing", [](const http_request&) { return http_response(204, "", ""); });
  http.get("/dropped", [](const http_request&, std::string_view, const http_reply&) {});
  const auto running = server.start();
  http_client client(server.where());
  const auto nothing = client.get("/nothing");
  EXPECT_EQ(nothing.status, 204U);
  EXPECT_FALSE(nothing.headers.find("Content-Type"));
  const auto dropped = client.get("/dropped");
  EXPECT_EQ(dropped.status, 500U);
  EXPECT_EQ(dropped.headers["Content-Type"], "text/plain");
  EXPECT_EQ(dropped.body, "Internal Server Error");
}

}  // namespace
