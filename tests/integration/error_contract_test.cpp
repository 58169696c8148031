// Whoever waits is answered exactly once, and no exception of application code escapes.
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include <socketio/adapter.hpp>
#include <socketio/websocket.hpp>

#include "native_client.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::error;
using socketio::error_code;
using socketio::handler_error;
using socketio::json;
using socketio::socket;
namespace asio = boost::asio;

class error_contract : public server_test {
 protected:
  /// Sends the answer to the event that the client receives next.
  static void answer(socket_client& client, std::string_view values) {
    const auto question = client.next();
    client.send("3" + question.substr(1, question.find('[') - 1) + std::string(values));
  }
};
INSTANTIATE_TEST_SUITE_P(threads, error_contract, ::testing::Values(1, 3), threads_name);

// --- Completions

TEST_P(error_contract, completions_run_on_the_shard_and_may_throw) {
  channel<std::thread::id> ran;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("ask", [&ran, socket] {
      ran.push(std::this_thread::get_id());
      socket.emit_with_ack("name?", [&ran](error_code, const json& answer) {
        ran.push(std::this_thread::get_id());
        static_cast<void>(answer.at("name"));
      });
    });
    socket.on("fetch", [&ran, &io = server.io] {
      io.fetch_sockets([&ran](error_code, const std::vector<socketio::remote_socket>&) {
        ran.push(std::this_thread::get_id());
        throw std::runtime_error("fetched");
      });
    });
    socket.on("fine", [](const ack& reply) { reply(); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["ask"])");
  answer(*client, "[null]");
  const auto home = ran.pop();
  EXPECT_EQ(ran.pop(), home);
  EXPECT_NE(server.errors.pop().find("completion: "), std::string::npos);
  client->emit(R"(["fetch"])");
  EXPECT_EQ(ran.pop(), home);
  EXPECT_EQ(server.errors.pop(), "completion: fetched");
  EXPECT_EQ(client->ask(R"(["fine"])"), "[]");
}

TEST_P(error_contract, completions_run_on_an_executor_of_their_own) {
  asio::io_context context;
  channel<bool> asked;
  std::thread::id ran;
  server.io.on("connection", [&](const socket& socket) {
    socket.emit_with_ack("name?", asio::bind_executor(context, [&](error_code, const json&) {
                           ran = std::this_thread::get_id();
                           throw std::runtime_error("on my own");
                         }));
    asked.push(true);
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_TRUE(asked.pop());
  answer(*client, "[null]");
  // The completion that is still to come keeps the context running.
  context.run();
  EXPECT_EQ(ran, std::this_thread::get_id());
  EXPECT_EQ(server.errors.pop(), "completion: on my own");
}

// --- Answers that fail

TEST_P(error_contract, an_answer_that_does_not_fit_completes_the_callback_once) {
  channel<std::string> answered;
  server.io.on("connection", [&](const socket& socket) {
    socket.timeout(10s).emit("color?", [&](error_code error, const std::string& color) {
      answered.push(error.message() + "|" + color);
    });
  });
  const auto running = server.start();
  const auto client = connect();
  answer(*client, "[42]");
  EXPECT_EQ(answered.pop(), make_error_code(error::bad_answer).message() + "|");
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(error_contract, one_bad_answer_to_a_broadcast_counts_for_its_client) {
  channel<std::string> answered;
  const auto running = server.start();
  const auto first = connect();
  const auto second = connect();
  server.io.timeout(10s).emit(
      "color?", [&](error_code error, const std::vector<std::string>& colors) {
        answered.push(error.message() + "|" + std::to_string(colors.size()) + colors.at(0));
      });
  answer(*first, "[42]");
  answer(*second, R"(["red"])");
  EXPECT_EQ(answered.pop(), make_error_code(error::bad_answer).message() + "|1red");
}

TEST_P(error_contract, a_dropped_event_answers_whoever_waits) {
  channel<std::string> answered;
  std::optional<std::future<json>> promised;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("drop", [&, socket](const ack& reply) {
      // The client does not poll: it sends this event.
      socket.volatile_().emit("x", [&](error_code error, int) { answered.push(error.message()); });
      promised.emplace(socket.volatile_().emit_with_ack("y", asio::use_future));
      reply();
    });
  });
  const auto running = server.start();
  socket_client client(std::make_unique<polling_client>(server.where()));
  client.connect();
  EXPECT_EQ(client.ask(R"(["drop"])"), "[]");
  EXPECT_EQ(answered.pop(), make_error_code(error::dropped).message());
  ASSERT_EQ(promised->wait_for(patience), std::future_status::ready);
  try {
    promised->get();
    FAIL() << "the event was sent";
  } catch (const boost::system::system_error& failure) {
    EXPECT_EQ(failure.code(), error::dropped);
  }
}

// --- Cancellation

TEST_P(error_contract, a_cancellation_slot_ends_the_waiting) {
  channel<error_code> completed;
  channel<bool> asked;
  asio::cancellation_signal to_one;
  asio::cancellation_signal to_all;
  server.io.on("connection", [&](const socket& socket) {
    const auto complete = [&](error_code error, const json&) { completed.push(error); };
    socket.emit_with_ack("one?", asio::bind_cancellation_slot(to_one.slot(), complete));
    server.io.emit_with_ack(
        "all?", asio::bind_cancellation_slot(
                    to_all.slot(), [&](error_code error, const socketio::broadcast_answers<>&) {
                      completed.push(error);
                    }));
    asked.push(true);
    socket.on("fine", [](const ack& reply) { reply(); });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_TRUE(asked.pop());
  to_one.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(completed.pop(), asio::error::operation_aborted);
  to_all.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(completed.pop(), asio::error::operation_aborted);
  // Answers that come late go nowhere.
  answer(*client, "[1]");
  answer(*client, "[1]");
  EXPECT_EQ(client->ask(R"(["fine"])"), "[]");
  EXPECT_TRUE(completed.empty());
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(error_contract, a_cancelled_read_loses_no_message) {
  channel<std::string> completed;
  channel<socketio::websocket::socket> opened;
  asio::cancellation_signal cancel;
  socketio::websocket::route route;
  route.on_open = [&](const socketio::websocket::socket& peer) { opened.push(peer); };
  server.io.websocket("/read", route);
  const auto running = server.start();
  native_client client(server.where(), "/read");
  const auto peer = opened.pop();
  const auto complete = [&](error_code error, const socketio::websocket::message& message) {
    completed.push(error ? error.message() : message.data);
  };
  peer.read(asio::bind_cancellation_slot(cancel.slot(), complete));
  cancel.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(completed.pop(), error_code(asio::error::operation_aborted).message());
  client->send("kept");
  peer.read(complete);
  EXPECT_EQ(completed.pop(), "kept");
}

// --- The end of the server

TEST(error_contract_at_the_end, a_server_that_is_destroyed_answers_whoever_waits) {
  std::vector<std::string> answered;
  std::optional<std::future<socketio::broadcast_answers<>>> promised;
  std::vector<socket> kept;
  {
    asio::io_context context;
    socketio::server io(context, options_with(1));
    io.on("connection", [&](const socket& socket) {
      kept.push_back(socket);
      socket.emit("x", [&](error_code error, int) { answered.push_back("x " + error.message()); });
      socket.emit_with_ack("y", [&](error_code error, const json&) {
        answered.push_back("y " + error.message());
        throw std::runtime_error("nobody hears this");
      });
      promised.emplace(io.emit_with_ack("z", asio::use_future));
    });
    const auto port = io.listen(0);
    std::jthread thread([&] { context.run(); });
    endpoint where;
    where.port = port;
    socket_client client(where);
    client.connect();
    EXPECT_NE(client.next().find("\"x\""), std::string::npos);
    EXPECT_NE(client.next().find("\"y\""), std::string::npos);
    EXPECT_NE(client.next().find("\"z\""), std::string::npos);
    context.stop();
  }
  const auto disconnected = make_error_code(error::disconnected).message();
  EXPECT_EQ(answered.size(), 2U);
  EXPECT_EQ(std::count(answered.begin(), answered.end(), "x " + disconnected), 1);
  ASSERT_EQ(promised->wait_for(0s), std::future_status::ready);
  EXPECT_THROW(promised->get(), boost::system::system_error);

  // The handles do nothing any more, but answer.
  auto& socket = kept.front();
  answered.clear();
  socket.emit("x", [&](error_code error, int) { answered.push_back("x " + error.message()); });
  socket.emit_with_ack(
      "y", [&](error_code error, const json&) { answered.push_back(error ? "y" : ""); });
  socket.broadcast().emit(
      "x", [&](error_code error, const json&) { answered.push_back("b " + error.message()); });
  socket.broadcast().fetch_sockets(
      [&](error_code error, const std::vector<socketio::remote_socket>&) {
        answered.push_back("f " + error.message());
      });
  EXPECT_EQ(answered, (std::vector<std::string>{"x " + disconnected, "y", "b " + disconnected,
                                                "f " + disconnected}));
  socket.emit("x");
  socket.join("room");
  socket.disconnect();
  socket.broadcast().emit("x");
  socket.broadcast().sockets_join("room");
  socket.broadcast().sockets_leave("room");
  socket.broadcast().disconnect_sockets();
  EXPECT_TRUE(socket.rooms().empty());
  EXPECT_EQ(socket.transport(), "websocket");
}

TEST(error_contract_at_the_end, a_native_socket_does_nothing_without_its_server) {
  std::vector<std::string> answered;
  std::optional<socketio::websocket::socket> kept;
  std::optional<socketio::websocket::endpoint> endpoint;
  {
    asio::io_context context;
    socketio::server io(context, options_with(1));
    socketio::websocket::route route;
    route.on_open = [&](const socketio::websocket::socket& socket) {
      kept = socket;
      socket.subscribe("news");
      socket.read([&](error_code error, const socketio::websocket::message&) {
        answered.push_back("waiting " + error.message());
      });
      socket.send("open");
    };
    endpoint = io.websocket("/native", route);
    struct endpoint where;
    where.port = io.listen(0);
    std::jthread thread([&] { context.run(); });
    native_client client(where, "/native");
    EXPECT_EQ(client.text(), "open");
    context.stop();
  }
  EXPECT_EQ(answered.size(), 1U);
  EXPECT_FALSE(kept->is_open());
  EXPECT_EQ(kept->request().target, "/native");
  kept->send("x");
  kept->ping();
  kept->publish("news", "x");
  kept->subscribe("more");
  kept->unsubscribe("news");
  kept->read([&](error_code error, const socketio::websocket::message&) {
    answered.push_back(error ? "read" : "");
  });
  EXPECT_EQ(answered.size(), 2U);
  kept->close();
  kept->abort();
  endpoint->publish("news", "x");
  EXPECT_EQ(endpoint->sockets_count(), 0U);
}

TEST(error_contract_at_the_end, answers_do_nothing_without_the_server) {
  std::optional<socketio::http_reply> reply;
  std::optional<ack> answer;
  std::optional<socketio::next> admit;
  socketio::websocket::authorize_callback authorize;
  socketio::engineio::allow_callback allow;
  {
    asio::io_context context;
    channel<std::string> asked;
    auto options = options_with(1);
    options.allow_request = [&](const socketio::http_request& request,
                                const socketio::engineio::allow_callback& decide) {
      if (request.query().find("later") == std::string_view::npos) return decide({});
      allow = decide;
      asked.push("allow_request");
    };
    socketio::server io(context, options);
    io.http().get("/slow", [&](const socketio::http_request&, std::string_view,
                               const socketio::http_reply& given) {
      reply = given;
      asked.push("http");
    });
    io.on("connection", [&](const socket& socket) {
      socket.on("ask", [&](const ack& given) {
        answer = given;
        asked.push("event");
      });
    });
    io.of("/slow").use([&](const socket&, const socketio::next& given) {
      admit = given;
      asked.push("middleware");
    });
    socketio::websocket::route route;
    route.authorize = [&](const socketio::http_request&, const auto& decide) {
      authorize = decide;
      asked.push("authorize");
    };
    io.websocket("/native", route);
    endpoint where;
    where.port = io.listen(0);
    std::jthread thread([&] { context.run(); });
    http_client http(where);
    http.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(asked.pop(), "http");
    http_client handshake(where);
    handshake.send("GET /socket.io/?EIO=4&transport=polling&later HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(asked.pop(), "allow_request");
    http_client native(where);
    native.send(
        "GET /native HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(asked.pop(), "authorize");
    socket_client client(where);
    client.connect();
    client.send("20[\"ask\"]");
    EXPECT_EQ(asked.pop(), "event");
    client.send("0/slow,");
    EXPECT_EQ(asked.pop(), "middleware");
    context.stop();
  }
  ASSERT_TRUE(reply && answer && admit && authorize && allow);
  (*reply)(socketio::http_response(200, "text/plain", "late"));
  (*answer)("late");
  (*admit)();
  authorize({});
  allow({});
}

TEST(error_contract_at_the_end, a_namespace_does_nothing_without_its_server) {
  const auto captured = std::make_shared<int>(1);
  std::optional<socketio::io_namespace> admin;
  {
    socketio::server io(options_with(1));
    admin.emplace(io.of("/admin"));
    admin->on("connection", [captured, nsp = *admin](const socket&) { nsp.emit("news"); });
    admin->use([captured, nsp = *admin](const socket&, const socketio::next& next) { next(); });
  }
  EXPECT_EQ(captured.use_count(), 1) << "the server's end releases the handlers";
  admin->on("connection", [captured, nsp = *admin](const socket&) { nsp.emit("news"); });
  EXPECT_EQ(captured.use_count(), 1) << "which cannot be added any more";
  admin->emit("news", 1);
  admin->to("room").disconnect_sockets();
  EXPECT_EQ(admin->name(), "/admin");
  EXPECT_EQ(admin->sockets_count(), 0U);
  EXPECT_EQ(admin->rooms_count(), 0U);
}

// --- The adapter's factory

TEST(error_contract_adapter, a_factory_that_throws_leaves_no_namespace_behind) {
  auto options = options_with(1);
  bool fails = false;
  options.adapter = [&](socketio::adapter_context&) -> std::unique_ptr<socketio::adapter> {
    if (fails) throw std::runtime_error("no connection");
    return nullptr;
  };
  socketio::server io(options);
  fails = true;
  EXPECT_THROW(io.of("/admin"), std::runtime_error);
  EXPECT_THROW(io.of("/admin"), std::runtime_error);
  fails = false;
  io.of("/admin").emit("news");
  EXPECT_EQ(io.of("/admin").sockets_count(), 0U);
}

TEST(error_contract_adapter, a_factory_may_ask_for_other_namespaces) {
  auto options = options_with(1);
  socketio::server* server = nullptr;
  std::atomic<int> made{0};
  options.adapter = [&](socketio::adapter_context&) -> std::unique_ptr<socketio::adapter> {
    ++made;
    if (server != nullptr && made == 2) static_cast<void>(server->of("/inner"));
    if (server != nullptr && made == 4) static_cast<void>(server->of("/self"));
    return nullptr;
  };
  socketio::server io(options);
  server = &io;
  static_cast<void>(io.of("/outer"));
  EXPECT_EQ(made, 3);
  EXPECT_THROW(io.of("/self"), std::logic_error) << "it would never come to an end";
  static_cast<void>(io.of("/self"));
  EXPECT_EQ(made, 5);
}

TEST(error_contract_adapter, threads_that_ask_at_once_get_one_namespace) {
  auto options = options_with(1);
  std::atomic<int> made{0};
  options.adapter = [&](socketio::adapter_context&) -> std::unique_ptr<socketio::adapter> {
    ++made;
    return nullptr;
  };
  socketio::server io(options);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&io] { static_cast<void>(io.of("/shared")); });
  }
  threads.clear();
  EXPECT_EQ(made, 2) << "the namespace / and this one";
}

// --- Connecting again

TEST_P(error_contract, a_second_connect_replaces_one_that_still_waits) {
  channel<socketio::next> waiting;
  channel<std::string> connected;
  server.io.on("connection",
               [](const socket& socket) { socket.on("fine", [](const ack& reply) { reply(); }); });
  const auto slow = server.io.of("/slow");
  slow.use([&](const socket& socket, const socketio::next& next) {
    socket.join("hall");
    waiting.push(next);
  });
  slow.on("connection", [&](const socket& socket) { connected.push(socket.id()); });
  const auto running = server.start();
  const auto client = connect();
  client->send("0/slow,");
  const auto first = waiting.pop();
  client->send("0/slow,");
  const auto second = waiting.pop();
  first();
  first(socketio::connect_error("too late"));
  second();
  const auto answer = client->next();
  EXPECT_EQ(answer, "0/slow,{\"sid\":\"" + connected.pop() + "\"}");
  EXPECT_EQ(client->ask(R"(["fine"])"), "[]");
  EXPECT_TRUE(connected.empty());
  EXPECT_EQ(slow.sockets_count(), 1U);
  EXPECT_EQ(slow.rooms_count(), 2U) << "its own and the hall, without the attempt given up";
}

TEST_P(error_contract, white_space_may_surround_json) {
  server.io.of("/a").on("connection", [](const socket& socket) {
    socket.on("echo", [](int value, const ack& reply) { reply(value); });
  });
  const auto running = server.start();
  socket_client client(server.where());
  client.send("0\n");
  EXPECT_TRUE(client.next().starts_with("0{"));
  client.send("0/a, {}");
  EXPECT_TRUE(client.next().starts_with("0/a,{"));
  client.send("2/a,7 [\"echo\", 5]");
  EXPECT_EQ(client.next(), "3/a,7[5]");
  client.send("1/a, ");
  client.send("0/a,");
  EXPECT_TRUE(client.next().starts_with("0/a,{"));
}

TEST_P(error_contract, the_transport_may_be_asked_for_on_any_thread) {
  channel<socket> connected;
  server.io.on("connection", [&](const socket& socket) { connected.push(socket); });
  const auto running = server.start();
  auto below = std::make_unique<polling_client>(server.where());
  const auto sid = below->sid();
  socket_client client(std::move(below));
  client.connect();
  const auto socket = connected.pop();
  EXPECT_EQ(socket.transport(), "polling");
  websocket_client upgrade(server.where(), "/socket.io/?EIO=4&transport=websocket&sid=" + sid);
  upgrade.send("2probe");
  EXPECT_EQ(upgrade.next()->data, "3probe");
  upgrade.send("5");
  const auto end = std::chrono::steady_clock::now() + patience;
  while (socket.transport() != "websocket" && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  EXPECT_EQ(socket.transport(), "websocket");
}

}  // namespace
