// How servers start and close.
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>
#include <thread>

#include <socketio/adapter.hpp>
#include <socketio/engineio/server.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::json;
using socketio::socket;
namespace asio = boost::asio;
namespace websocket = socketio::websocket;
using clock = std::chrono::steady_clock;

// The error with which close() completes.
socketio::error_code completed(std::future<void> closed) {
  try {
    closed.get();
    return {};
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

class lifecycle : public server_test {};
INSTANTIATE_TEST_SUITE_P(threads, lifecycle, ::testing::Values(1, 3), threads_name);

TEST_P(lifecycle, close_disconnects_all_sockets_gracefully) {
  channel<std::string> reasons;
  channel<bool> connected;
  for (const std::string name : {"/", "/other"}) {
    server.io.of(name).on("connection", [&](const socket& socket) {
      socket.on("disconnect", [&](const std::string& reason) { reasons.push(reason); });
      connected.push(true);
    });
  }
  const auto running = server.start();
  const auto client = connect();
  client->connect("/other");
  http_client idle(server.where());
  auto handshake = idle.get("/socket.io/?EIO=4&transport=polling");
  const auto sid = json::parse(handshake.body.substr(1))["sid"].get<std::string>();
  const auto target = "/socket.io/?EIO=4&transport=polling&sid=" + sid;
  EXPECT_EQ(idle.request("POST", target, "40").body, "ok");
  EXPECT_EQ(idle.get(target).body.substr(0, 8), R"(40{"sid")");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(connected.pop());
  // Sent together, so that the response to the POST shows that the poll has arrived, too.
  idle.send(http_client::format("POST", target, "3") + http_client::format("GET", target));
  EXPECT_EQ(idle.read().body, "ok");

  server.close();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reasons.pop(), "server shutting down");
  EXPECT_EQ(client->next(), "(end)");
  EXPECT_EQ(client->below<websocket_client>().close_code(), websocket::close_code::no_status);
  EXPECT_EQ(idle.read().body, "1");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_THROW(http_client(server.where()).get("/"), std::exception);
}

TEST_P(lifecycle, close_may_be_called_by_a_handler) {
  channel<std::string> ended;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("shut down", [&] { server.io.close(); });
    // A handler may call anything while the server closes.
    socket.on("disconnect", [&](const std::string& reason) {
      server.io.of("/log").emit("ended", reason);
      server.io.close();
      ended.push(reason);
    });
  });
  const auto running = server.start();
  const auto client = connect();
  const auto second = connect();
  client->emit(R"(["shut down"])");
  EXPECT_EQ(client->next(), "(end)");
  EXPECT_EQ(ended.pop(), "server shutting down");
  EXPECT_EQ(ended.pop(), "server shutting down");
}

TEST_P(lifecycle, close_sends_what_was_emitted_before) {
  server.io.on("connection", [&](const socket& socket) {
    socket.on("disconnecting", [socket] { socket.emit("last words"); });
  });
  const auto running = server.start();
  const auto client = connect();
  server.io.emit("before");
  server.close();
  EXPECT_EQ(client->next(), R"(2["before"])");
  EXPECT_EQ(client->next(), R"(2["last words"])");
  EXPECT_EQ(client->next(), "(end)");
}

TEST_P(lifecycle, close_waits_no_longer_than_its_timeout) {
  auto options = options_with(GetParam());
  options.close_timeout = 200ms;
  channel<socketio::http_reply> kept;
  server_fixture hasty(options);
  hasty.io.http().get("/never", [&](const socketio::http_request&, std::string_view,
                                    const socketio::http_reply& reply) { kept.push(reply); });
  const auto running = hasty.start();
  http_client half(hasty.where());
  half.send("GET / HTTP/1.1\r\nHost: a");
  http_client half_body(hasty.where());
  half_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  http_client unanswered(hasty.where());
  unanswered.send(http_client::format("GET", "/never"));
  const auto reply = kept.pop();
  websocket_client deaf(hasty.where());
  const auto begin = clock::now();
  hasty.close();
  EXPECT_LT(clock::now() - begin, 1500ms);
  reply(socketio::http_response(200));
  EXPECT_EQ(unanswered.read_all(), "");
}

TEST_P(lifecycle, close_is_harmless_when_repeated_or_early) {
  server.io.close();
  server.io.close();
  {
    server_fixture early(options_with(GetParam()));
    early.io.close();
    early.io.run();  // returns at once
    const auto running = early.start();
    socket_client client(early.where());
    client.connect();
  }
  server_fixture never_run(options_with(GetParam()));
  const auto port = never_run.io.listen(0);
  EXPECT_NE(port, 0);
  never_run.io.emit("nobody hears");
  never_run.io.post([] {});
  auto future = never_run.io.emit_with_ack("nobody answers", asio::use_future);
  EXPECT_EQ(future.wait_for(0s), std::future_status::timeout);
}

// The server releases pending callbacks when it is destroyed; the leak check sees others.
TEST_P(lifecycle, a_server_may_go_while_acknowledgements_are_due) {
  const auto witness = std::make_shared<int>(0);
  {
    asio::io_context context;
    socketio::server io(context, options_with(1));
    channel<socket> accepted;
    io.on("connection", [&](const socket& connected) { accepted.push(connected); });
    const endpoint where(io.listen(0));
    std::jthread runner([&] { context.run(); });
    socket_client client(where);
    client.connect();
    const auto socket = accepted.pop();
    io.emit("all", [witness](const socketio::error_code&, const json&) {});
    io.timeout(1h).emit("all", [witness](const socketio::error_code&, const json&) {});
    socket.emit("one", [witness] {});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.next().substr(0, 1), "2");
    context.stop();
    runner.join();
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_P(lifecycle, a_server_may_go_while_clients_are_connected) {
  auto options = options_with(GetParam());
  options.close_timeout = 50ms;
  channel<socket> accepted;
  std::optional<socket> kept;
  std::vector<std::unique_ptr<socket_client>> clients;
  {
    server_fixture doomed(options);
    doomed.io.on("connection", [&](const socket& connected) {
      connected.on("event", [connected] {});
      accepted.push(connected);
    });
    const auto running = doomed.start();
    for (int i = 0; i < 4; ++i) {
      clients.push_back(std::make_unique<socket_client>(doomed.where()));
      clients.back()->connect();
      kept = accepted.pop();
    }
  }
  EXPECT_FALSE(kept->connected());
  for (const auto& client : clients) EXPECT_EQ(client->next(), "(end)");
}

TEST_P(lifecycle, two_servers_live_in_one_process) {
  server_fixture other(options_with(GetParam()));
  for (auto* each : {&server, &other}) {
    each->io.on("connection", [each](const socket& socket) {
      socket.on("echo", [](int value, const ack& reply) { reply(value); });
      // Threads of one server call into the other.
      socket.on("both", [each] { each->io.emit("from", 1); });
    });
  }
  const auto running = server.start();
  const auto other_running = other.start();
  const auto first = connect();
  socket_client second(other.where());
  second.connect();
  EXPECT_EQ(first->ask(R"(["echo",1])"), "[1]");
  EXPECT_EQ(second.ask(R"(["echo",2])"), "[2]");
  first->emit(R"(["both"])");
  EXPECT_EQ(first->next(), R"(2["from",1])");
  server.close();
  EXPECT_EQ(first->next(), "(end)");
  EXPECT_EQ(second.ask(R"(["echo",3])"), "[3]");
}

TEST_P(lifecycle, options_out_of_range_are_refused) {
  const auto refuses = [](auto change) {
    auto options = options_with(1);
    change(options);
    EXPECT_THROW(socketio::server{options}, std::invalid_argument);
  };
  refuses([](auto& options) { options.threads = 0; });
  refuses([](auto& options) { options.threads = 257; });
  refuses([](auto& options) { options.ping_interval = 0ms; });
  refuses([](auto& options) { options.max_payload = 0; });
  refuses([](auto& options) { options.polling = options.websocket = false; });
}

// --- On the application's own context; the parameter is the number of threads that run it.

class own_context : public ::testing::TestWithParam<std::size_t> {
 protected:
  void run() {
    for (std::size_t i = 0; i < GetParam(); ++i) {
      threads.emplace_back([this] {
        context.run();
        finished.push(true);
      });
    }
  }

  asio::io_context context;
  channel<bool> finished;
  std::vector<std::jthread> threads;
};
INSTANTIATE_TEST_SUITE_P(threads, own_context, ::testing::Values(1, 3), threads_name);

TEST_P(own_context, serves_and_runs_dry_after_close) {
  socketio::server io(context, options_with(1));
  io.on("connection", [&](const socket& socket) {
    socket.on("echo", [](int value, const ack& reply) { reply(value); });
    socket.emit("question", [socket](int answer) { socket.emit("answer", answer); });
  });
  io.http().get("/hello", [](const socketio::http_request&) {
    return socketio::http_response(200, "text/plain", "hello");
  });
  EXPECT_THROW(io.run(), std::logic_error);
  const endpoint where(io.listen(0));
  run();
  {
    std::vector<std::unique_ptr<socket_client>> clients;
    for (int i = 0; i < 6; ++i) {
      auto& client = *clients.emplace_back(
          i % 2 == 0 ? std::make_unique<socket_client>(where)
                     : std::make_unique<socket_client>(std::make_unique<polling_client>(where)));
      client.connect();
      EXPECT_EQ(client.next(), "2" + std::to_string(i) + R"(["question"])");
      client.send("3" + std::to_string(i) + "[9]");
      EXPECT_EQ(client.next(), R"(2["answer",9])");
      EXPECT_EQ(client.ask("[\"echo\"," + std::to_string(i) + "]"), "[" + std::to_string(i) + "]");
    }
    io.emit("all");
    for (const auto& client : clients) EXPECT_EQ(client->next(), R"(2["all"])");
    http_client http(where);
    EXPECT_EQ(http.get("/hello").body, "hello");
    io.close();
    EXPECT_EQ(clients.front()->next(), "(end)");
  }
  for (std::size_t i = 0; i < GetParam(); ++i) EXPECT_TRUE(finished.pop());
}

TEST_P(own_context, runs_dry_promptly) {
  auto options = options_with(1);
  options.close_timeout = 1h;
  options.keep_alive_timeout = 1h;
  options.header_timeout = 1h;
  options.ping_interval = 1h;
  options.connect_timeout = 1h;
  socketio::server io(context, options);
  const endpoint where(io.listen(0));
  run();
  {
    socket_client client(where);
    client.connect();
    http_client http(where);
    EXPECT_EQ(http.get("/").status, 404U);
    socket_client without_namespace(where);
  }
  io.close();
  bool dry = true;
  for (std::size_t i = 0; i < GetParam() && dry; ++i) {
    try {
      finished.pop();
    } catch (const std::runtime_error&) {
      dry = false;
    }
  }
  EXPECT_TRUE(dry) << "nothing is left, but the context still waits for a timer";
  context.stop();
  threads.clear();
}

// --- Closing, and listening again

TEST_P(lifecycle, close_completes_when_all_is_closed) {
  {
    server_fixture silent(options_with(GetParam()));
    EXPECT_FALSE(completed(silent.io.close(asio::use_future))) << "it does not listen";
    EXPECT_FALSE(completed(silent.io.close(asio::use_future))) << "it has closed";
  }
  const auto running = server.start();
  auto client = connect();
  auto first = server.io.close(asio::use_future);
  channel<socketio::error_code> told;
  server.io.close([&](socketio::error_code error) { told.push(error); });
  EXPECT_EQ(client->next(), "(end)");
  EXPECT_EQ(first.wait_for(0s), std::future_status::timeout) << "the client is still there";
  client.reset();
  EXPECT_FALSE(completed(std::move(first)));
  EXPECT_FALSE(told.pop());
  EXPECT_EQ(server.io.http().connections_count(), 0U);
}

TEST_P(lifecycle, a_server_that_goes_completes_close) {
  asio::io_context context;
  auto io = std::make_unique<socketio::server>(context, options_with(GetParam()));
  io->listen(0);
  auto future = io->close(asio::use_future);
  io.reset();
  EXPECT_EQ(completed(std::move(future)), asio::error::operation_aborted);
}

TEST_P(lifecycle, a_closed_server_listens_again) {
  channel<std::string> told;
  server.io.on("connection", [&](const socket& socket) {
    told.push(socket.id());
    socket.on("echo", [](int value, const ack& reply) { reply(value); });
  });
  server.io.http().get("/hello", [](const socketio::http_request&) {
    return socketio::http_response(200, "text/plain", "hello");
  });
  for (int i = 0; i < 3; ++i) {
    const auto running = server.start();
    auto client = connect();
    socket_client polling(std::make_unique<polling_client>(server.where()));
    polling.connect();
    for (auto* each : {client.get(), &polling}) {
      EXPECT_EQ(each->ask(R"(["echo",1])"), "[1]");
      EXPECT_FALSE(told.pop().empty());
    }
    EXPECT_EQ(http_client(server.where()).get("/hello").body, "hello");
    EXPECT_EQ(server.io.sockets_count(), 2U);
    server.io.emit("bye");
    server.io.close();
    EXPECT_EQ(client->next(), R"(2["bye"])");
    EXPECT_EQ(client->next(), "(end)");
    client.reset();
    server.close();
    EXPECT_EQ(server.io.sockets_count(), 0U);
  }
}

TEST_P(lifecycle, threads_close_and_listen_at_once) {
  for (int round = 0; round < 20; ++round) {
    const auto running = server.start();
    auto client = connect();
    std::vector<std::jthread> threads;
    std::vector<std::future<void>> closed;
    for (int i = 0; i < 3; ++i) closed.push_back(server.io.close(asio::use_future));
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { server.io.close(); });
    threads.emplace_back([&] {
      try {
        server.io.listen(0);
      } catch (const std::logic_error&) {
        // It closes, or run() has not returned.
      }
    });
    EXPECT_EQ(client->next(), "(end)");
    client.reset();
    for (auto& each : closed) EXPECT_FALSE(completed(std::move(each)));
    threads.clear();
    server.close();
  }
}

TEST_P(lifecycle, a_server_that_closes_does_not_listen) {
  channel<bool> refused;
  const auto running = server.start();
  auto client = connect();
  server.io.close([&](socketio::error_code) {
    EXPECT_THROW(server.io.listen(0), std::logic_error) << "run() has not returned";
    refused.push(true);
  });
  EXPECT_THROW(server.io.listen(0), std::logic_error) << "the client has not answered";
  EXPECT_EQ(client->next(), "(end)");
  client.reset();
  EXPECT_TRUE(refused.pop());
}

// --- Several servers on one host

TEST_P(lifecycle, several_servers_share_one_host) {
  server_fixture first(options_with(GetParam()));
  auto options = options_with(1);
  options.path = "/second";
  channel<std::string> told;
  socketio::server second(first.io.http(), options);
  first.io.on("connection", [&](const socket&) { told.push("first"); });
  second.on("connection", [&](const socket& socket) {
    told.push("second");
    socket.on("disconnect", [&](const std::string& reason) { told.push(reason); });
  });
  EXPECT_THROW(socketio::server(first.io.http(), options), std::invalid_argument);
  options.path = "/socket.io";
  EXPECT_THROW(socketio::server(first.io.http(), options), std::invalid_argument);
  const auto running = first.start();
  const auto handshake = [&](const std::string& path) {
    http_client http(first.where());
    const auto body = http.get(path + "/?EIO=4&transport=polling").body;
    const auto begin = body.find("\"sid\":\"") + 7;
    const auto sid = body.substr(begin, body.find('"', begin) - begin);
    const auto target = path + "/?EIO=4&transport=polling&sid=" + sid;
    EXPECT_EQ(http.request("POST", target, "40").body, "ok");
    EXPECT_EQ(http.get(target).body.substr(0, 3), "40{");
    return target;
  };
  const auto in_first = handshake("/socket.io");
  EXPECT_EQ(told.pop(), "first");
  const auto in_second = handshake("/second");
  EXPECT_EQ(told.pop(), "second");
  EXPECT_EQ(first.io.sockets_count(), 1U);
  EXPECT_EQ(second.sockets_count(), 1U);
  EXPECT_FALSE(completed(second.close(asio::use_future)));
  EXPECT_EQ(told.pop(), "server shutting down");
  EXPECT_EQ(second.engine().clients_count(), 0U);
  EXPECT_EQ(http_client(first.where()).get(in_second).status, 400U);
  // The other one goes on.
  EXPECT_EQ(http_client(first.where()).request("POST", in_first, "3").body, "ok");
  EXPECT_EQ(first.io.sockets_count(), 1U);
  first.close();
}

TEST(setters, change_the_time_to_join_and_the_adapters) {
  auto options = options_with(1);
  server_fixture server(options);
  EXPECT_EQ(server.io.connect_timeout(), 45s);
  server.io.connect_timeout(30ms);
  EXPECT_EQ(server.io.connect_timeout(), 30ms);
  EXPECT_THROW(server.io.connect_timeout(0ms), std::invalid_argument);
  std::vector<std::string> made;
  server.io.of("/a");
  server.io.adapter([&](socketio::adapter_context& context) -> std::unique_ptr<socketio::adapter> {
    made.push_back(context.nsp());
    return nullptr;
  });
  server.io.of("/b");
  EXPECT_EQ(made, (std::vector<std::string>{"/", "/a", "/b"}));
  const auto running = server.start();
  socket_client client(server.where());
  EXPECT_EQ(client.next(), "(end)") << "it joins nothing in time";
}

}  // namespace
