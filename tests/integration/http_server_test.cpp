// The HTTP host: routes, connections, listeners and TLS.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "certificate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;
using socketio::socket;

class http_host : public server_test {
 protected:
  http_host() : http(server.io.http()) {}

  static http_response text(std::string content) {
    return http_response(200, "text/plain", std::move(content));
  }

  socketio::http_server& http;
};
INSTANTIATE_TEST_SUITE_P(threads, http_host, ::testing::Values(1, 3), threads_name);

TEST_P(http_host, finds_routes) {
  http.get("/exact", [](const http_request& request) { return text("exact " + request.method); });
  http.get("/files/*", [](const http_request&, std::string_view rest, const http_reply& reply) {
    reply(text("rest " + std::string(rest)));
  });
  http.get("/files/special", [](const http_request&) { return text("special"); });
  http.get("/files/deeper/*",
           [](const http_request&, std::string_view rest, const http_reply& reply) {
             reply(text("deeper " + std::string(rest)));
           });
  http.post("/exact", [](const http_request& request) { return text("posted " + request.body); });
  http.route("DELETE", "/exact", [](const http_request&) { return http_response(204); });
  http.route("*", "/any", [](const http_request& request) { return text(request.method); });
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.get("/exact").body, "exact GET");
  EXPECT_EQ(client.get("/exact?query=1").body, "exact GET");
  EXPECT_EQ(client.request("POST", "/exact", "body").body, "posted body");
  EXPECT_EQ(client.request("DELETE", "/exact").status, 204U);
  const auto head = client.request("HEAD", "/exact");
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.headers["Content-Length"], "10");
  EXPECT_EQ(client.get("/files/").body, "rest ");
  EXPECT_EQ(client.get("/files/a/b").body, "rest a/b");
  EXPECT_EQ(client.get("/files/special").body, "special");
  EXPECT_EQ(client.get("/files/deeper/x").body, "deeper x");
  EXPECT_EQ(client.request("PATCH", "/any").body, "PATCH");
  EXPECT_EQ(client.get("/files").status, 404U);
  EXPECT_EQ(client.get("/exact/").status, 404U);
  const auto refused = client.request("PUT", "/exact", "x");
  EXPECT_EQ(refused.status, 405U);
  for (const std::string method : {"GET", "HEAD", "POST", "DELETE"}) {
    EXPECT_TRUE(refused.headers.has_token("Allow", method)) << method;
  }
  EXPECT_FALSE(refused.headers.has_token("Allow", "PUT"));
}

TEST_P(http_host, replies_later) {
  channel<http_reply> pending;
  http.get("/later", [&](const http_request&, std::string_view, const http_reply& reply) {
    pending.push(reply);
  });
  http.get("/dropped", [](const http_request&, std::string_view, const http_reply&) {});
  http.get("/twice", [](const http_request&, std::string_view, const http_reply& reply) {
    reply(text("first"));
    reply(text("second"));
  });
  const auto running = server.start();
  http_client client(server.where());
  std::jthread([&] {
    client.send(http_client::format("GET", "/later"));
    pending.pop()(text("from another thread"));
  }).join();
  EXPECT_EQ(client.read().body, "from another thread");
  client.send(http_client::format("GET", "/later"));
  std::jthread([&] { static_cast<void>(pending.pop()); }).join();
  EXPECT_EQ(client.read().status, 500U) << "the last copy has gone on another thread";
  EXPECT_EQ(client.get("/dropped").status, 500U);
  EXPECT_EQ(client.get("/twice").body, "first");
  EXPECT_EQ(client.get("/twice").body, "first");
  // A client that does not wait.
  {
    http_client impatient(server.where());
    impatient.send(http_client::format("GET", "/later"));
  }
  pending.pop()(text("nobody is there"));
  EXPECT_EQ(client.get("/twice").body, "first");
}

TEST_P(http_host, reports_handlers_that_throw) {
  http.get("/throw",
           [](const http_request&) -> http_response { throw std::runtime_error("on purpose"); });
  http.get("/fine", [](const http_request&) { return text("fine"); });
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.get("/throw").status, 500U);
  EXPECT_NE(server.errors.pop().find("on purpose"), std::string::npos);
  EXPECT_EQ(client.get("/fine").body, "fine");
}

TEST_P(http_host, answers_pipelined_requests_in_order) {
  channel<http_reply> pending;
  http.get("/later", [&](const http_request&, std::string_view, const http_reply& reply) {
    pending.push(reply);
  });
  http.get("/now/*", [](const http_request&, std::string_view rest, const http_reply& reply) {
    reply(text(std::string(rest)));
  });
  const auto running = server.start();
  http_client client(server.where());
  auto requests = http_client::format("GET", "/now/first") + http_client::format("GET", "/later");
  for (int i = 0; i < 50; ++i) requests += http_client::format("GET", "/now/" + std::to_string(i));
  client.send(requests);
  EXPECT_EQ(client.read().body, "first");
  pending.pop()(text("later"));
  EXPECT_EQ(client.read().body, "later");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.read().body, std::to_string(i));
}

TEST_P(http_host, keeps_connections_as_asked) {
  http.get("/", [](const http_request&) { return text("ok"); });
  const auto running = server.start();
  http_client client(server.where());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/").body, "ok");
  const auto last = client.request("GET", "/", {}, "Connection: close\r\n");
  EXPECT_TRUE(last.headers.has_token("Connection", "close"));
  EXPECT_EQ(client.read_all(), "");
  http_client old(server.where());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read().body, "ok");
  EXPECT_EQ(old.read_all(), "");
  http_client malformed(server.where());
  malformed.send("nonsense\r\n\r\n");
  EXPECT_EQ(malformed.read().status, 400U);
  EXPECT_EQ(malformed.read_all(), "");
}

TEST_P(http_host, limits_bodies) {
  const auto length = [](const http_request& request) {
    return text(std::to_string(request.body.size()));
  };
  http.route("POST", "/small", length, 10);
  http.post("/usual", length);
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.request("POST", "/small", std::string(10, 'x')).body, "10");
  EXPECT_EQ(client.request("POST", "/usual", std::string(100'000, 'x')).body, "100000");
  client.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().body, "8");
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(client.read().status, 413U);
  EXPECT_EQ(client.read_all(), "");
  http_client chunked(server.where());
  chunked.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n");
  EXPECT_EQ(chunked.read().status, 413U);
  http_client head(server.where());
  head.send("GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(head.read().status, 431U);
}

TEST_P(http_host, sends_100_continue) {
  http.post("/", [](const http_request& request) { return text(request.body); });
  const auto running = server.start();
  http_client client(server.where());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100U);
  client.send("body");
  EXPECT_EQ(client.read().body, "body");
  client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 413U) << "it is not asked for a body that is refused";
}

TEST_P(http_host, serves_folders) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder.path() / "sub");
  std::ofstream(folder.path() / "index.html") << "<p>hello";
  std::ofstream(folder.path() / "sub" / "a.txt") << "text";
  http.serve_folder("/", folder.path());
  http.get("/route", [](const http_request&) { return text("route"); });
  EXPECT_THROW(http.serve_folder("/x/", folder.path() / "none"), std::invalid_argument);
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.get("/").body, "<p>hello");
  EXPECT_EQ(client.get("/sub/a.txt").body, "text");
  EXPECT_EQ(client.request("GET", "/sub/a.txt", {}, "Range: bytes=1-2\r\n").body, "ex");
  EXPECT_EQ(client.request("HEAD", "/sub/a.txt").headers["Content-Length"], "4");
  EXPECT_EQ(client.get("/none").status, 404U);
  EXPECT_EQ(client.get("/../../etc/passwd").status, 404U);
  EXPECT_EQ(client.request("POST", "/sub/a.txt", "x").status, 405U);
  EXPECT_EQ(client.get("/route").body, "route");
}

TEST_P(http_host, serves_single_files) {
  const temporary_folder folder;
  std::ofstream(folder.path() / "a page.html") << "<p>page";
  std::ofstream(folder.path() / "other.txt") << "other";
  std::ofstream(folder.path() / ".hidden") << "secret";
  http.serve_file("/", folder.path() / "a page.html");
  http.serve_file("/named", folder.path() / "other.txt");
  EXPECT_THROW(http.serve_file("/x", folder.path() / "none"), std::invalid_argument);
  EXPECT_THROW(http.serve_file("/x", folder.path() / ".hidden"), std::invalid_argument);
  EXPECT_THROW(http.serve_file("/x", folder.path()), std::invalid_argument);
  const auto running = server.start();
  http_client client(server.where());
  const auto page = client.get("/");
  EXPECT_EQ(page.body, "<p>page");
  EXPECT_EQ(page.headers["Content-Type"].substr(0, 9), "text/html");
  EXPECT_EQ(client.get("/named?x=1").body, "other");
  EXPECT_EQ(client.get("/other.txt").status, 404U);
  EXPECT_EQ(client.get("/a%20page.html").status, 404U);
}

TEST_P(http_host, listens_on_many_endpoints_at_once) {
  const temporary_folder folder;
  http.get("/", [](const http_request& request) {
    return text((request.secure ? "secure " : "plain ") + request.remote_address);
  });
  server.io.on("connection", [](const socket& socket) {
    socket.on("echo", [](const std::string& value, const ack& reply) { reply(value); });
  });
  endpoint both(http.listen(0));
  endpoint both6 = both;
  both6.address = "::1";
  socketio::listen_options options;
  options.host = "127.0.0.1";
  const endpoint only4(http.listen(options));
  options.host = "::1";
  endpoint only6(http.listen(options));
  only6.address = "::1";
  options.host.clear();
  options.unix_socket = folder.path() / "socket";
  EXPECT_EQ(http.listen(options), 0);
  endpoint local;
  local.unix_socket = options.unix_socket;
  options.tls = make_certificate(folder.path());
  options.unix_socket = folder.path() / "secure";
  http.listen(options);
  endpoint secure_local;
  secure_local.unix_socket = options.unix_socket;
  secure_local.tls = true;
  options.unix_socket.clear();
  endpoint secure(http.listen(options));
  secure.tls = true;
  const auto running = server.run();

  const std::vector<std::pair<endpoint, std::string>> all{
      {both, "plain 127.0.0.1"},   {both6, "plain ::1"}, {only4, "plain 127.0.0.1"},
      {only6, "plain ::1"},        {local, "plain "},    {secure_local, "secure "},
      {secure, "secure 127.0.0.1"}};
  for (const auto& [where, expected] : all) {
    EXPECT_EQ(http_client(where).get("/").body, expected);
    socket_client websocket(where);
    websocket.connect();
    EXPECT_EQ(websocket.ask(R"(["echo","websocket"])"), R"(["websocket"])");
    // More than a TLS record, and more than one read.
    const std::string large = "[\"echo\",\"" + std::string(300'000, 'x') + "\"]";
    EXPECT_EQ(websocket.ask(large).size(), 300'004U);
    socket_client polling(std::make_unique<polling_client>(where));
    polling.connect();
    EXPECT_EQ(polling.ask(R"(["echo","polling"])"), R"(["polling"])");
  }
  endpoint wrong = only4;
  wrong.address = "::1";
  EXPECT_THROW(http_client{wrong}, std::exception);
  server.close();
  EXPECT_FALSE(std::filesystem::exists(local.unix_socket)) << "the socket file is removed";
}

TEST_P(http_host, reports_addresses_in_use) {
  const temporary_folder folder;
  http.get("/", [](const http_request&) { return text("ok"); });
  const auto running = server.start();
  EXPECT_THROW(http.listen(server.where().port), std::exception);
  socketio::listen_options options;
  options.unix_socket = folder.path() / "socket";
  http.listen(options);
  EXPECT_THROW(http.listen(options), std::exception);
  endpoint local;
  local.unix_socket = options.unix_socket;
  EXPECT_EQ(http_client(local).get("/").body, "ok") << "the first is not disturbed";

  // A socket file that nobody listens on.
  options.unix_socket = folder.path() / "stale";
  {
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options.unix_socket.c_str(), sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(left);
  }
  http.listen(options);
  local.unix_socket = options.unix_socket;
  EXPECT_EQ(http_client(local).get("/").body, "ok");
  // The server does not remove a file that is not a socket.
  options.unix_socket = folder.path() / "file";
  std::ofstream(options.unix_socket) << "precious";
  EXPECT_THROW(http.listen(options), std::exception);
  EXPECT_TRUE(std::filesystem::exists(options.unix_socket));
  options.unix_socket = folder.path() / std::string(200, 'x');
  EXPECT_THROW(http.listen(options), std::exception);
}

TEST_P(http_host, survives_tls_clients_that_vanish) {
  const temporary_folder folder;
  socketio::listen_options options;
  options.tls = make_certificate(folder.path());
  http.get("/large", [](const http_request&) { return text(std::string(3'000'000, 'x')); });
  endpoint secure(server.io.listen(options));
  secure.tls = true;
  const auto running = server.run();
  // A client that closes with unread bytes resets the connection, while the server is still
  // writing: if the server did not prevent it, SIGPIPE would end this program.
  for (int i = 0; i < 100; ++i) {
    http_client client(secure);
    client.send(http_client::format("GET", "/large") + http_client::format("GET", "/large"));
    EXPECT_FALSE(client.below().receive().empty());
  }
  EXPECT_EQ(http_client(secure).get("/large").body.size(), 3'000'000U);
}

// The server reads TLS connections in large pieces, and has to handle all records of a piece,
// because the socket does not become readable again for them.
class tls_host : public http_host {
 protected:
  tls_host() {
    options_.tls = make_certificate(folder_.path());
    secure = endpoint(http.listen(options_));
    secure.tls = true;
    http.get("/now/*", [](const http_request&, std::string_view rest, const http_reply& reply) {
      reply(text(std::string(rest)));
    });
    http.get("/later", [this](const http_request&, std::string_view, const http_reply& reply) {
      pending.push(reply);
    });
    http.post("/echo", [](const http_request& request) { return text(request.body); });
  }

  static std::string get(const std::string& target) { return http_client::format("GET", target); }

  endpoint secure;
  channel<http_reply> pending;

 private:
  temporary_folder folder_;
  socketio::listen_options options_;
};
INSTANTIATE_TEST_SUITE_P(threads, tls_host, ::testing::Values(1, 3), threads_name);

TEST_P(tls_host, reads_all_records_of_a_segment) {
  const auto running = server.run();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    secure.max_tls_version = version;
    http_client client(secure);
    // From one record to more than fit into one read.
    for (const int count : {1, 2, 100, 1'000, 2'000}) {
      client.below().hold();
      for (int i = 0; i < count; ++i) client.send(get("/now/" + std::to_string(i)));
      client.below().send_held();
      for (int i = 0; i < count; ++i) ASSERT_EQ(client.read().body, std::to_string(i));
    }
  }
}

TEST_P(tls_host, reads_records_cut_anywhere) {
  const auto running = server.run();
  http_client client(secure);
  // The first part of the last record arrives with earlier ones, and nothing follows that record.
  const std::string large(16'000, 'x');
  for (const std::size_t before : {1U, 1'000U, 16'000U, 31'000U, 33'000U}) {
    client.send(http_client::format("POST", "/echo", std::string(before, 'y')) +
                http_client::format("POST", "/echo", large));
    EXPECT_EQ(client.read().body.size(), before);
    EXPECT_EQ(client.read().body, large);
  }
}

TEST_P(tls_host, moves_messages_of_any_size) {
  const auto running = server.run();
  http_client client(secure);
  for (const std::size_t size : {1U, 16'383U, 16'384U, 16'385U, 65'535U, 65'536U, 900'000U}) {
    std::string body(size, 'x');
    for (std::size_t i = 0; i < size; i += 1'000) body[i] = static_cast<char>('a' + i / 1'000 % 26);
    EXPECT_EQ(client.request("POST", "/echo", body).body, body);
  }
}

TEST_P(tls_host, reads_on_after_a_pause) {
  const auto running = server.run();
  http_client client(secure);
  // The requests after the first one have to wait, and are more than the server buffers.
  client.below().hold();
  client.send(get("/later"));
  for (int i = 0; i < 2'000; ++i) client.send(get("/now/" + std::to_string(i)));
  client.below().send_held();
  const auto reply = pending.pop();
  reply(text("later"));
  EXPECT_EQ(client.read().body, "later");
  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(client.read().body, std::to_string(i));
}

TEST_P(tls_host, notices_the_end_behind_the_data) {
  const auto running = server.run();
  http_client client(secure);
  client.below().hold();
  client.send(get("/now/1"));
  client.send(get("/now/2"));
  client.below().send_close_notify();
  client.below().send_held();  // the socket stays open
  EXPECT_EQ(client.read().body, "1");
  EXPECT_EQ(client.read().body, "2");
  EXPECT_EQ(client.read_all(), "");
}

TEST_P(tls_host, changes_keys_while_it_cannot_write) {
  http.get("/large", [](const http_request&) { return text(std::string(30'000'000, 'x')); });
  const auto running = server.run();
  http_client client(secure);
  client.send(get("/large"));
  // To change its keys the server has to write, which its large response prevents. It must not lose
  // the requests of the same segment.
  for (int i = 0; i < 20; ++i) {
    client.below().hold();
    client.below().update_keys();
    client.send(get("/now/" + std::to_string(i)));
    client.below().send_held();
  }
  // More key updates than the server answers in its buffer.
  client.below().hold();
  for (int i = 0; i < 5'000; ++i) client.below().update_keys();
  client.send(get("/now/20"));
  client.below().send_held();
  EXPECT_EQ(client.read().body.size(), 30'000'000U);
  for (int i = 0; i <= 20; ++i) ASSERT_EQ(client.read().body, std::to_string(i));
}

TEST_P(tls_host, completes_handshakes_larger_than_the_socket_takes) {
  const temporary_folder folder;
  socketio::listen_options options;
  options.tls = make_certificate(folder.path());
  std::stringstream certificate;
  certificate << std::ifstream(options.tls->certificate_chain).rdbuf();
  {
    std::ofstream chain(options.tls->certificate_chain);
    for (int i = 0; i < 1'500; ++i) chain << certificate.str();
  }
  options.unix_socket = folder.path() / "socket";
  http.listen(options);
  endpoint local;
  local.unix_socket = options.unix_socket;
  local.tls = true;
  const auto running = server.run();
  EXPECT_EQ(http_client(local).get("/now/x").body, "x");
}

TEST_P(tls_host, resumes_sessions) {
  const auto running = server.run();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    secure.max_tls_version = version;
    secure.tls_session = nullptr;
    for (int i = 0; i < 3; ++i) {
      http_client client(secure);
      EXPECT_EQ(client.below().resumed(), i > 0);
      EXPECT_EQ(client.get("/now/x").body, "x");
      secure.tls_session = client.below().tls_session();
      client.below().send_close_notify();  // else the server does not let the session resume
    }
  }
}

TEST_P(http_host, speaks_only_new_tls) {
  const temporary_folder folder;
  http.get("/", [](const http_request&) { return text("ok"); });
  socketio::listen_options options;
  options.tls = socketio::tls_options(folder.path() / "none.pem", folder.path() / "none.pem");
  EXPECT_THROW(http.listen(options), std::exception);
  options.tls = make_certificate(folder.path());
  endpoint where(http.listen(options));
  where.tls = true;
  const auto running = server.run();
  where.max_tls_version = TLS1_2_VERSION;
  EXPECT_EQ(http_client(where).get("/").body, "ok");
  where.max_tls_version = TLS1_3_VERSION;
  EXPECT_EQ(http_client(where).get("/").body, "ok");
  where.max_tls_version = TLS1_1_VERSION;
  try {
    http_client refused(where);
    FAIL() << "TLS 1.1 was accepted";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("protocol version"), std::string::npos)
        << error.what();
  }
  // Plain text on a port for TLS ends that connection only.
  where.tls = false;
  http_client plain(where);
  plain.send(http_client::format("GET", "/"));
  EXPECT_EQ(plain.read_all().find("HTTP"), std::string::npos);
  where.tls = true;
  where.max_tls_version = 0;
  EXPECT_EQ(http_client(where).get("/").body, "ok");
}

class timeouts : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(threads, timeouts, ::testing::Values(1, 3), threads_name);

// Expects the connection to end, without a response or with 408.
void expect_end(http_client& client) {
  const auto rest = client.read_all();
  EXPECT_TRUE(rest.empty() || rest.starts_with("HTTP/1.1 408")) << rest;
}

TEST_P(timeouts, close_connections_that_are_slow) {
  const temporary_folder folder;
  auto options = options_with(GetParam());
  options.header_timeout = 100ms;
  options.body_timeout = 100ms;
  options.keep_alive_timeout = 100ms;
  server_fixture server(options);
  server.io.http().get("/",
                       [](const http_request&) { return http_response(200, "text/plain", "ok"); });
  socketio::listen_options secure;
  secure.tls = make_certificate(folder.path());
  const endpoint silent_tls(server.io.listen(secure));  // the client never starts the handshake
  const auto running = server.start();
  http_client silent(server.where());
  http_client handshake(silent_tls);
  http_client head(server.where());
  head.send("GET / HTTP/1.1\r\nHost: ");
  http_client body(server.where());
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  http_client idle(server.where());
  EXPECT_EQ(idle.get("/").body, "ok");
  expect_end(silent);
  expect_end(handshake);
  expect_end(head);
  EXPECT_EQ(body.read().status, 408U);
  EXPECT_EQ(body.read_all(), "");
  EXPECT_EQ(idle.read_all(), "");
}

TEST_P(timeouts, end_requests_that_begin_after_others_and_stay_incomplete) {
  auto options = options_with(GetParam());
  options.header_timeout = 100ms;
  options.body_timeout = 100ms;
  options.keep_alive_timeout = 1h;
  options.write_timeout = 1h;
  server_fixture server(options);
  server.io.http().get("/",
                       [](const http_request&) { return http_response(200, "text/plain", "ok"); });
  const auto running = server.start();
  for (const std::string_view rest :
       {"GET / HTTP/1.1\r\nHost: ",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"}) {
    http_client later(server.where());
    EXPECT_EQ(later.get("/").body, "ok");
    later.send(rest);
    EXPECT_EQ(later.read().status, 408U) << rest;
    http_client at_once(server.where());
    at_once.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(rest));
    EXPECT_EQ(at_once.read().body, "ok");
    EXPECT_EQ(at_once.read().status, 408U) << rest;
  }
}

class hand_over : public ::testing::Test {
 protected:
  hand_over() : server(options_with(4)) {
    server.io.on("connection", [](const socket& socket) {
      socket.on("echo", [](int value, const ack& reply) { reply(value); });
    });
    server.io.http().get(
        "/", [](const http_request&) { return http_response(200, "text/plain", "ok"); });
  }

  server_fixture server;
};

// The requests of a session may arrive on any connection, which may live on another shard.
TEST_F(hand_over, works_for_fresh_connections) {
  const auto running = server.start();
  for (int session = 0; session < 6; ++session) {
    polling_client polling(server.where());
    const auto target = polling.target();
    EXPECT_EQ(http_client(server.where()).request("POST", target, "40").body, "ok");
    EXPECT_EQ(http_client(server.where()).get(target).body.substr(0, 8), R"(40{"sid")");
    for (int i = 0; i < 8; ++i) {
      http_client poll(server.where());
      poll.send(http_client::format("GET", target));
      const auto number = std::to_string(i);
      http_client post(server.where());
      EXPECT_EQ(post.request("POST", target, "42" + number + "[\"echo\"," + number + "]").body,
                "ok");
      EXPECT_EQ(poll.read().body, "43" + number + "[" + number + "]");
      EXPECT_EQ(poll.get("/").body, "ok") << "the connection goes on";
    }
  }
}

TEST_F(hand_over, works_for_pipelined_requests) {
  const auto running = server.start();
  std::vector<std::unique_ptr<polling_client>> sessions;
  for (int i = 0; i < 4; ++i) {
    sessions.push_back(std::make_unique<polling_client>(server.where()));
    const auto target = sessions.back()->target();
    EXPECT_EQ(http_client(server.where()).request("POST", target, "40").body, "ok");
    EXPECT_EQ(http_client(server.where()).get(target).body.substr(0, 8), R"(40{"sid")");
  }
  http_client client(server.where());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    for (const auto& session : sessions) {
      const auto number = std::to_string(i);
      requests += http_client::format("POST", session->target(),
                                      "42" + number + "[\"echo\"," + number + "]");
      requests += http_client::format("GET", session->target());
      requests += http_client::format("GET", "/");
    }
  }
  // Small pieces cut the requests at any position.
  std::jthread sender([&] {
    for (std::string_view rest = requests; !rest.empty();) {
      const auto piece = std::min<std::size_t>(rest.size(), 777);
      client.send(rest.substr(0, piece));
      rest.remove_prefix(piece);
    }
  });
  for (int i = 0; i < 20; ++i) {
    for (std::size_t session = 0; session < sessions.size(); ++session) {
      const auto number = std::to_string(i);
      ASSERT_EQ(client.read().body, "ok");
      ASSERT_EQ(client.read().body, "43" + number + "[" + number + "]");
      ASSERT_EQ(client.read().body, "ok");
    }
  }
}

TEST_F(hand_over, works_for_upgrades_and_tls) {
  const temporary_folder folder;
  socketio::listen_options options;
  options.tls = make_certificate(folder.path());
  endpoint secure(server.io.listen(options));
  secure.tls = true;
  const auto running = server.start();
  for (const auto& where : {server.where(), secure}) {
    for (int i = 0; i < 6; ++i) {
      polling_client polling(where);
      EXPECT_EQ(http_client(where).request("POST", polling.target(), "40").body, "ok");
      EXPECT_EQ(http_client(where).get(polling.target()).body.substr(0, 8), R"(40{"sid")");
      websocket_client upgraded(where,
                                "/socket.io/?EIO=4&transport=websocket&sid=" + polling.sid());
      upgraded.send("2probe");
      EXPECT_EQ(upgraded.next()->data, "3probe");
      upgraded.send("5");
      upgraded.send(R"(421["echo",7])");
      EXPECT_EQ(upgraded.next()->data, "431[7]");
    }
  }
}

}  // namespace
