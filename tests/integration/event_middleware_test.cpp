// Middlewares of a socket's events, the handlers of all events, and the socket's own objects.
#include <thread>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::ack;
using socketio::arguments;
using socketio::binary;
using socketio::json;
using socketio::next;
using socketio::socket;

class event_middlewares : public server_test {
 protected:
  channel<std::string> told;
};
INSTANTIATE_TEST_SUITE_P(threads, event_middlewares, ::testing::Values(1, 3), threads_name);

TEST_P(event_middlewares, run_between_on_any_and_the_handlers) {
  server.io.on("connection", [&](const socket& socket) {
    socket.use([&](std::string_view event, const arguments& values, const next& go_on) {
      told.push("first " + std::string(event) + values.to_json().dump());
      go_on();
      told.push("after next");
    });
    socket.use([&](std::string_view, const arguments&, const next& go_on) {
      told.push("second");
      go_on();
    });
    socket.on_any([&](std::string_view, const arguments&) { told.push("any"); });
    socket.on("hello", [&](int number) { told.push("handler " + std::to_string(number)); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["hello",7])");
  EXPECT_EQ(told.pop(), "any");
  EXPECT_EQ(told.pop(), "first hello[7]");
  EXPECT_EQ(told.pop(), "after next");
  EXPECT_EQ(told.pop(), "second");
  EXPECT_EQ(told.pop(), "handler 7");
}

TEST_P(event_middlewares, refuse_with_an_error) {
  server.io.on("connection", [&](const socket& socket) {
    socket.use([&](std::string_view event, const arguments&, const next& go_on) {
      if (event == "bad") return go_on({"unauthorized event", json{{"code", 3}}});
      go_on();
    });
    socket.on("error", [&](const std::string& message, const json& data) {
      told.push(message + " " + data.dump());
    });
    socket.on("bad", [&] { told.push("bad"); });
    socket.on("good", [&](const ack& reply) { reply(); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["bad"])");
  EXPECT_EQ(client->ask(R"(["good"])"), "[]") << "the client stays";
  EXPECT_EQ(told.pop(), R"(unauthorized event {"code":3})");
  EXPECT_TRUE(told.empty());
}

TEST_P(event_middlewares, decide_later_about_an_event_that_is_kept) {
  channel<next> pending;
  server.io.on("connection", [&](const socket& socket) {
    socket.use([&](std::string_view event, const arguments&, const next& go_on) {
      if (event == "later") return pending.push(go_on);
      go_on();
    });
    socket.on("later", [&](const std::string& text, const binary& bytes, const ack& reply) {
      reply(text, bytes);
    });
    socket.on("now", [&](const ack& reply) { reply("now"); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(51-0["later","text",{"_placeholder":true,"num":0}])");
  client->send_binary("bytes");
  const auto go_on = pending.pop();
  client->send(R"(21["now"])");
  EXPECT_EQ(client->next(), R"(31["now"])") << "it does not wait";
  std::jthread([&] { go_on(); }).join();
  EXPECT_EQ(client->next(), R"(61-0["text",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client->next(), "(binary)bytes");
}

TEST_P(event_middlewares, that_throw_or_drop_their_decision_refuse) {
  server.io.on("connection", [&](const socket& socket) {
    socket.use([](std::string_view event, const arguments&, const next&) {
      if (event == "throw") throw std::runtime_error("on purpose");
    });
    socket.on("error", [&](const std::string& message) { told.push(message); });
    socket.on("drop", [&] { told.push("handler"); });
    socket.on("throw", [&] { told.push("handler"); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["drop"])");
  EXPECT_EQ(told.pop(), "Internal server error");
  EXPECT_EQ(server.errors.pop(), "middleware drop: next was dropped without a call");
  client->emit(R"(["throw"])");
  EXPECT_EQ(told.pop(), "Internal server error");
  EXPECT_EQ(server.errors.pop(), "middleware throw: on purpose");
}

TEST_P(event_middlewares, drop_the_events_of_clients_that_have_gone) {
  channel<next> pending;
  server.io.on("connection", [&](const socket& socket) {
    socket.use([&](std::string_view, const arguments&, const next& go_on) { pending.push(go_on); });
    socket.on("later", [&] { told.push("handler"); });
    socket.on("disconnect", [&] { told.push("gone"); });
  });
  const auto running = server.start();
  {
    const auto client = connect();
    client->emit(R"(["later"])");
    const auto go_on = pending.pop();
    client->below<websocket_client>().close();
    EXPECT_EQ(told.pop(), "gone");
    go_on();
    client->emit(R"(["later"])");
  }
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(server.errors.empty());
}

// --- Handlers of all events

TEST_P(event_middlewares, leave_the_families_of_handlers_in_their_order) {
  server.io.on("connection", [&](const socket& socket) {
    const auto tell = [&](std::string name) {
      return [&, name = std::move(name)](std::string_view event, const arguments&) {
        told.push(name + " " + std::string(event));
      };
    };
    socket.on_any(tell("second"));
    const auto first = socket.prepend_any(tell("first"));
    EXPECT_EQ(socket.listeners_any().size(), 2U);
    EXPECT_EQ(socket.listeners_any().front(), first);
    socket.on_any_outgoing(tell("out second"));
    const auto outgoing = socket.prepend_any_outgoing(tell("out first"));
    EXPECT_EQ(socket.listeners_any_outgoing().front(), outgoing);
    socket.on("x", [&, socket, first, outgoing] {
      told.push("x second");
      socket.emit("y");
      socket.off_any(first);
      socket.off_any_outgoing(outgoing);
    });
    socket.prepend_listener("x", [&] { told.push("x first"); });
    socket.prepend_once_listener("x", [&] { told.push("x once"); });
    socket.on("off", [&, socket](const ack& reply) {
      socket.off_any();
      socket.off_any_outgoing();
      EXPECT_TRUE(socket.listeners_any().empty());
      EXPECT_TRUE(socket.listeners_any_outgoing().empty());
      socket.remove_all_listeners();
      reply();
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["x"])");
  for (const auto* expected :
       {"first x", "second x", "x once", "x first", "x second", "out first y", "out second y"}) {
    EXPECT_EQ(told.pop(), expected);
  }
  EXPECT_EQ(client->next(), R"(2["y"])");
  client->emit(R"(["x"])");
  for (const auto* expected : {"second x", "x first", "x second", "out second y"}) {
    EXPECT_EQ(told.pop(), expected);
  }
  EXPECT_EQ(client->next(), R"(2["y"])");
  EXPECT_EQ(client->ask(R"(["off"])"), "[]");
  EXPECT_EQ(told.pop(), "second off");
  client->emit(R"(["x"])");
  client->emit(R"(["off"])");
  client->send("1");
  EXPECT_TRUE(told.empty());
}

// --- Objects

struct user {
  std::string name;
  int visits = 0;
};

TEST_P(event_middlewares, find_what_a_middleware_of_the_namespace_has_made) {
  server.io.use([](const socket& socket, const next& go_on) {
    EXPECT_EQ(socket.data<user>(), nullptr);
    socket.emplace_data<user>("Ada", 1);
    socket.set_data({{"n", 1}});
    go_on();
  });
  server.io.on("connection", [&](const socket& socket) {
    socket.on("visit", [socket](const ack& reply) {
      ++socket.data<user>()->visits;
      socket.update_data([](json& data) { data["n"] = 2; });
      reply(socket.data<user>()->name, socket.data<user>()->visits, socket.data());
    });
    socket.on("replace", [socket](const ack& reply) {
      const auto earlier = socket.data<user>();
      const auto later = socket.emplace_data<user>("Bob", 5);
      EXPECT_EQ(socket.data<user>(), later);
      EXPECT_EQ(earlier->name, "Ada") << "whoever has the old one keeps it";
      socket.emplace_data<std::string>("beside it");
      reply(socket.data<user>()->name, *socket.data<std::string>());
    });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["visit"])"), R"(["Ada",2,{"n":2}])");
  EXPECT_EQ(client->ask(R"(["replace"])"), R"(["Bob","beside it"])");
}

}  // namespace
