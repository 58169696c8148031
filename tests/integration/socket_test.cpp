// Single sockets: emitting, acknowledgements, handlers, disconnecting.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::arguments;
using socketio::error_code;
using socketio::json;
using socketio::socket;
namespace asio = boost::asio;

struct user {
  std::string name;
  std::optional<int> age;
};

void to_json(json& value, const user& from) {
  value["name"] = from.name;
  if (from.age) value["age"] = *from.age;
}

class sockets : public server_test {
 protected:
  sockets() {
    server.io.on("connection", [this](const socket& connected) { accepted.push(connected); });
  }

  // Returns a client, and the server's handle of its socket.
  std::pair<std::unique_ptr<socket_client>, socket> connect_both() {
    auto client = connect();
    return {std::move(client), accepted.pop()};
  }

  // Reads an event that asks for an acknowledgement; returns its ack id and the rest.
  static std::pair<std::string, std::string> read_question(socket_client& client) {
    const auto packet = client.next();
    const auto end = packet.find('[');
    if (!packet.starts_with('2') || end == std::string::npos || end == 1) {
      throw std::runtime_error("not a question: " + packet);
    }
    return {packet.substr(1, end - 1), packet.substr(end)};
  }
  static void answer(socket_client& client, std::string_view values) {
    client.send("3" + read_question(client).first + std::string(values));
  }

  channel<socket> accepted;
};
INSTANTIATE_TEST_SUITE_P(threads, sockets, ::testing::Values(1, 3), threads_name);

TEST_P(sockets, emit_values_of_all_kinds) {
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  socket.emit("none");
  EXPECT_EQ(client->next(), R"(2["none"])");
  socket.emit("numbers", 1, -2L, 3U, std::uint64_t{18446744073709551615U}, 1.5, 2.0, 0.5F,
              std::nan(""), std::int8_t{-8}, std::uint8_t{8});
  EXPECT_EQ(client->next(), R"(2["numbers",1,-2,3,18446744073709551615,1.5,2,0.5,null,-8,8])");
  const std::string text = "text";
  socket.emit("texts", "literal", text, std::string_view(text), "\"\\\n\u00e9");
  EXPECT_EQ(client->next(), "2[\"texts\",\"literal\",\"text\",\"text\",\"\\\"\\\\\\né\"]");
  socket.emit("others", true, nullptr, std::optional<int>(), std::optional(4), std::vector{1, 2},
              std::map<std::string, bool>{{"a", false}}, user{"Ada", 36}, user{"Bob", {}});
  EXPECT_EQ(client->next(),
            R"(2["others",true,null,null,4,[1,2],{"a":false},{"name":"Ada","age":36},)"
            R"({"name":"Bob"}])");
  socket.emit("json", json{{"b", 1}, {"a", {1, nullptr}}}, nlohmann::json{{"b", 1}, {"a", 2}});
  EXPECT_EQ(client->next(), R"(2["json",{"b":1,"a":[1,null]},{"a":2,"b":1}])");
  socket.send("hello", 1);
  EXPECT_EQ(client->next(), R"(2["message","hello",1])");
  const socketio::binary bytes{std::byte{0}, std::byte{255}};
  socket.emit("bytes", bytes, std::vector<std::uint8_t>{65, 66}, json{{"x", json::binary({67})}});
  EXPECT_EQ(client->next(),
            R"(53-["bytes",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},)"
            R"({"x":{"_placeholder":true,"num":2}}])");
  EXPECT_EQ(client->next(), std::string("(binary)\0\xff", 10));
  EXPECT_EQ(client->next(), "(binary)AB");
  EXPECT_EQ(client->next(), "(binary)C");
}

// The reference client disconnects otherwise.
TEST_P(sockets, refuse_more_binary_values_than_clients_accept) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("ask", [](std::size_t count, const ack& reply) {
      try {
        reply(std::vector(count, socketio::binary(1)));
      } catch (const std::invalid_argument& error) {
        reply(error.what());
      }
    });
  });
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  const std::vector<socketio::binary> ten(10, socketio::binary(1, std::byte{'x'}));
  const std::vector<socketio::binary> eleven(11, socketio::binary(1, std::byte{'x'}));
  EXPECT_THROW(socket.emit("eleven", eleven), std::invalid_argument);
  EXPECT_THROW(socket.emit("eleven", ten, ten.front()), std::invalid_argument);
  EXPECT_THROW(socket.volatile_().emit("eleven", eleven), std::invalid_argument);
  EXPECT_THROW(server.io.emit("eleven", eleven), std::invalid_argument);
  EXPECT_THROW(server.io.to("room").emit("eleven", eleven), std::invalid_argument);
  EXPECT_THROW((void)socket.emit_with_ack("eleven", eleven, asio::use_future),
               std::invalid_argument);
  EXPECT_EQ(
      client->ask(R"(["ask",11])"),
      R"(["an event or acknowledgement has 11 binary values; the limit, max_attachments, is 10"])");
  socket.emit("ten", ten);
  EXPECT_EQ(client->next().substr(0, 11), R"(510-["ten",)");
  for (std::size_t i = 0; i < ten.size(); ++i) EXPECT_EQ(client->next(), "(binary)x");
}

TEST_P(sockets, send_as_many_binary_values_as_the_option_says) {
  auto options = options_with(GetParam());
  options.max_attachments = 12;
  server_fixture other(options);
  channel<socket> connected;
  other.io.on("connection", [&](const socket& socket) { connected.push(socket); });
  const auto running = other.start();
  socket_client client(other.where());
  client.connect();
  const auto socket = connected.pop();
  EXPECT_THROW(socket.emit("many", std::vector<socketio::binary>(13)), std::invalid_argument);
  socket.emit("many", std::vector<socketio::binary>(12));
  EXPECT_EQ(client.next().substr(0, 12), R"(512-["many",)");
}

// To clients an object that looks like a placeholder is one, when binary values come with it.
TEST_P(sockets, refuse_placeholders_beside_binary_values) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("relay", [socket](const json& value) {
      socket.emit("relayed", value);
      socket.emit("relayed", value, socketio::binary(1));
    });
    socket.on("raw", [socket](const socketio::raw_json& value) {
      socket.emit("relayed", value, socketio::binary(1));
    });
  });
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  const std::string fake = R"({"_placeholder":true,"num":7})";
  client->emit(R"(["relay",[)" + fake + "]]");
  EXPECT_EQ(client->next(), R"(2["relayed",[)" + fake + "]]");
  EXPECT_NE(server.errors.pop().find("_placeholder"), std::string::npos);
  client->emit(R"(["raw",{"\u005fplaceholder":true,"num":0}])");
  EXPECT_NE(server.errors.pop().find("_placeholder"), std::string::npos);
  client->emit(R"(["raw",{"\u0061_placeholder":true,"_placeholder":false}])");
  EXPECT_EQ(client->next(), R"(51-["relayed",{"\u0061_placeholder":true,"_placeholder":false},)"
                            R"({"_placeholder":true,"num":0}])");
  EXPECT_EQ(client->next(), std::string("(binary)\0", 9));
}

TEST_P(sockets, end_when_a_client_multiplies_attachments) {
  channel<std::string> violations;
  channel<std::string> ended;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("error", [&](const std::string& what) { violations.push(what); });
    socket.on("disconnect", [&](const std::string& reason) { ended.push(reason); });
    socket.on("message", [socket](const json& value) { socket.emit("relayed", value); });
  });
  const auto running = server.start();
  const auto client = connect();
  std::string list = R"({"_placeholder":true,"num":0})";
  for (int i = 1; i < 10; ++i) list += R"(,{"_placeholder":true,"num":0})";
  client->send(R"(51-["message",[)" + list + "]]");
  client->send_binary("x");
  EXPECT_EQ(client->next().substr(0, 15), R"(510-["relayed",)");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client->next(), "(binary)x");
  client->send(R"(51-["message",[)" + list + R"(,{"_placeholder":true,"num":0}]])");
  client->send_binary("x");
  EXPECT_EQ(client->next(), "(end)");
  EXPECT_EQ(violations.pop(), "illegal attachments");
  EXPECT_EQ(ended.pop(), "forced close");
}

TEST_P(sockets, change_their_data_as_one_step) {
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  EXPECT_EQ(socket.data(), json::object());
  constexpr int steps = 200;
  const auto count = [socket = socket] {
    for (int i = 0; i < steps; ++i) {
      socket.update_data([](json& data) { data["count"] = data.value("count", 0) + 1; });
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(count);
  }
  EXPECT_EQ(socket.data(), (json{{"count", 4 * steps}}));
  EXPECT_THROW(socket.update_data([](json& data) {
    data["count"] = 0;
    throw std::runtime_error("on purpose");
  }),
               std::runtime_error);
  EXPECT_EQ(socket.data()["count"], 4 * steps);
}

TEST_P(sockets, may_use_their_data_while_it_is_changed) {
  const auto running = server.start();
  const auto [client, connected] = connect_both();
  const auto& socket = connected;
  int calls = 0;
  socket.update_data([&, once = std::make_unique<int>(0)](json& data) {
    if (++calls == 1) socket.set_data({{"other", true}});
    data["calls"] = calls;
    data["seen"] = socket.data();
  });
  EXPECT_EQ(calls, 2) << "the first time the data was changed meanwhile";
  EXPECT_EQ(socket.data(), (json{{"other", true}, {"calls", 2}, {"seen", {{"other", true}}}}));
}

template <class Socket>
concept has_writable_data = requires(const Socket& socket) {
  socket.data()["user"] = "ann";
};
static_assert(!has_writable_data<socket>, "the change would be lost");

TEST_P(sockets, replace_invalid_utf8) {
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  socket.emit("bad \xff", "a\xc3", json("b\x80"));
  EXPECT_EQ(client->next(), "2[\"bad \ufffd\",\"a\ufffd\",\"b\ufffd\"]");
}

TEST_P(sockets, refuse_reserved_names_and_deep_values) {
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  for (const std::string name : {"connect", "connect_error", "disconnect", "disconnecting",
                                 "newListener", "removeListener"}) {
    EXPECT_THROW(socket.emit(name), std::invalid_argument) << name;
    EXPECT_THROW(server.io.emit(name, 1), std::invalid_argument) << name;
    EXPECT_THROW(server.io.to("room").emit(name), std::invalid_argument) << name;
    EXPECT_THROW(socket.emit_with_ack(name, asio::use_future), std::invalid_argument) << name;
  }
  json deep;
  for (int i = 0; i < 3000; ++i) deep = json::array({std::move(deep)});
  EXPECT_THROW(socket.emit("deep", deep), std::invalid_argument);
  EXPECT_THROW(server.io.on("disconnect", [](const socketio::socket&) {}), std::invalid_argument);
  socket.emit("fine");
  EXPECT_EQ(client->next(), R"(2["fine"])");
}

TEST_P(sockets, call_back_with_the_acknowledgement) {
  channel<std::string> called;
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  socket.emit("plain", 1, [&](int number, const std::string& text) {
    called.push(std::to_string(number) + text);
  });
  answer(*client, R"([7,"seven"])");
  EXPECT_EQ(called.pop(), "7seven");
  socket.emit("with error", [&](const error_code& error, const json& value) {
    called.push(error.message() + value.dump());
  });
  answer(*client, R"([{"a":1}])");
  EXPECT_EQ(called.pop(), error_code().message() + R"({"a":1})");
  socket.emit("all", [&](const arguments& values) { called.push(values.to_json().dump()); });
  answer(*client, "[]");
  EXPECT_EQ(called.pop(), "[]");
  socket.emit("nothing", [&] { called.push("nothing"); });
  answer(*client, "[1]");
  EXPECT_EQ(called.pop(), "nothing");
  // What does not fit is reported.
  socket.emit("plain", [&](int) { called.push("wrong"); });
  answer(*client, R"(["text"])");
  EXPECT_NE(server.errors.pop().find("argument 1"), std::string::npos);
  EXPECT_TRUE(called.empty());
  // An acknowledgement that comes twice, or that nobody waits for, is ignored.
  socket.emit("once", [&] { called.push("once"); });
  const auto [id, event] = read_question(*client);
  client->send("3" + id + "[]");
  client->send("3" + id + "[]");
  client->send("39999[]");
  EXPECT_EQ(called.pop(), "once");
  socket.emit("still here");
  EXPECT_EQ(client->next(), R"(2["still here"])");
  EXPECT_TRUE(called.empty());
}

TEST_P(sockets, time_out_waiting_for_an_acknowledgement) {
  channel<error_code> called;
  channel<int> never;
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  socket.timeout(30ms).emit("question", 1,
                            [&](const error_code& error, int) { called.push(error); });
  EXPECT_EQ(called.pop(), socketio::error::timed_out);
  answer(*client, "[1]");  // too late
  socket.timeout(patience).emit("question", [&](const error_code& error) { called.push(error); });
  answer(*client, "[]");
  EXPECT_EQ(called.pop(), error_code());
  // Without an error_code a function is not called in vain.
  socket.timeout(1ms).emit("question", [&](int) { never.push(1); });
  socket.timeout(30ms).emit("question", [&](const error_code& error) { called.push(error); });
  EXPECT_EQ(called.pop(), socketio::error::timed_out);
  EXPECT_TRUE(never.empty());
}

TEST_P(sockets, complete_acknowledgements_when_they_end) {
  channel<error_code> called;
  const auto running = server.start();
  auto [client, socket] = connect_both();
  const auto note = [&](const error_code& error, const std::string&) { called.push(error); };
  socket.emit("question", note);
  socket.timeout(1h).emit("question", note);
  read_question(*client);
  read_question(*client);
  client.reset();
  EXPECT_EQ(called.pop(), socketio::error::disconnected);
  EXPECT_EQ(called.pop(), socketio::error::disconnected);
  socket.emit("after the end", note);
  EXPECT_EQ(called.pop(), socketio::error::disconnected);
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(sockets, may_be_disconnected_by_an_acknowledgement_that_fails) {
  channel<std::string> ended;
  const auto running = server.start();
  auto [client, socket] = connect_both();
  socket.on("disconnect", [&](const std::string& reason) { ended.push(reason); });
  socket.emit("question", [socket = socket](const error_code& error) {
    if (error) socket.disconnect();
  });
  socket.emit("question", [socket = socket](const error_code& error) {
    if (error) socket.disconnect(true);
  });
  read_question(*client);
  client.reset();
  EXPECT_EQ(ended.pop(), "transport close");
}

TEST_P(sockets, complete_any_token_with_the_acknowledgement) {
  channel<std::string> called;
  const auto running = server.start();
  auto [client, socket] = connect_both();
  socket.emit_with_ack("callback", 1, [&](const error_code& error, const json& value) {
    called.push(error ? error.message() : value.dump());
  });
  answer(*client, R"([[1,2],"second"])");
  EXPECT_EQ(called.pop(), "[1,2]");

  auto future = socket.emit_with_ack("future", asio::use_future);
  static_assert(std::is_same_v<decltype(future), std::future<json>>);
  answer(*client, R"(["value"])");
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(future.get(), "value");

  future = socket.timeout(20ms).emit_with_ack("late", asio::use_future);
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  EXPECT_THROW(future.get(), boost::system::system_error);
  read_question(*client);

  future = socket.emit_with_ack("last", asio::use_future);
  read_question(*client);
  client.reset();
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  try {
    future.get();
    FAIL() << "no exception";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), socketio::error::disconnected);
  }
}

TEST_P(sockets, complete_on_the_associated_executor) {
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  asio::io_context context;
  std::thread::id completed_on;
  json result;
  const auto ask = [&, socket = socket]() -> asio::awaitable<void> {
    result = co_await socket.emit_with_ack("coroutine", 1, asio::use_awaitable);
    completed_on = std::this_thread::get_id();
  };
  std::exception_ptr failed;
  asio::co_spawn(context, ask, [&](const std::exception_ptr& error) { failed = error; });
  context.poll();  // the question is sent; what is waited for keeps the context at work
  EXPECT_FALSE(context.stopped());
  std::jthread runner([&] { context.run_for(patience); });
  const auto expected = runner.get_id();
  answer(*client, "[42]");
  runner.join();
  EXPECT_FALSE(failed);
  EXPECT_EQ(result, 42);
  EXPECT_EQ(completed_on, expected);
}

TEST_P(sockets, add_and_remove_handlers) {
  channel<std::string> seen;
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  const auto note = [&](std::string what) {
    return [&seen, what = std::move(what)] { seen.push(what); };
  };
  const auto first = socket.on("event", note("first"));
  socket.once("event", note("once"));
  socket.on("event", note("second"));
  socket.on_any([&](std::string_view event, const arguments& values) {
    seen.push("any " + std::string(event) + values.to_json().dump());
  });
  client->emit(R"(["event",1])");
  for (const std::string expected : {"any event[1]", "first", "once", "second"}) {
    EXPECT_EQ(seen.pop(), expected);
  }
  socket.off(first);
  client->emit(R"(["event"])");
  EXPECT_EQ(seen.pop(), "any event[]");
  EXPECT_EQ(seen.pop(), "second");
  socket.off("event");
  client->emit(R"(["event"])");
  EXPECT_EQ(seen.pop(), "any event[]");
  socket.off_any();
  socket.on("last", note("last"));
  client->emit(R"(["event"])");
  client->emit(R"(["last"])");
  EXPECT_EQ(seen.pop(), "last");
  const auto any = socket.on_any([&](std::string_view, const arguments&) { seen.push("any"); });
  socket.off(any);
  client->emit(R"(["last"])");
  EXPECT_EQ(seen.pop(), "last");
}

TEST_P(sockets, report_outgoing_events) {
  channel<std::string> seen;
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  const auto id = socket.on_any_outgoing([&](std::string_view event, const arguments& values) {
    seen.push(std::string(event) + values.to_json().dump());
  });
  socket.emit("single", 1, "two");
  EXPECT_EQ(seen.pop(), R"(single[1,"two"])");
  server.io.emit("broadcast", nullptr);
  EXPECT_EQ(seen.pop(), "broadcast[null]");
  server.io.to(socket.id()).emit("bytes", std::vector<std::uint8_t>{1});
  EXPECT_EQ(seen.pop().substr(0, 6), "bytes[");
  socket.off(id);
  socket.emit("silent");
  EXPECT_EQ(client->next(), R"(2["single",1,"two"])");
  EXPECT_EQ(client->next(), R"(2["broadcast",null])");
  EXPECT_EQ(client->next(), R"(51-["bytes",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(client->next(), "(binary)\x01");
  EXPECT_EQ(client->next(), R"(2["silent"])");
  EXPECT_TRUE(seen.empty());
}

TEST_P(sockets, let_handlers_change_handlers) {
  channel<std::string> seen;
  const auto running = server.start();
  const auto [client, socket] = connect_both();
  const auto id = std::make_shared<socketio::listener_id>();
  *id = socket.on("event", [&seen, socket = socket, id] {
    seen.push("original");
    socket.off(*id);
    socket.on("event", [&seen] { seen.push("added"); });
    socket.off("victim");
  });
  socket.on("victim", [&seen] { seen.push("victim"); });
  socket.on("suicide", [&seen, socket = socket] {
    socket.off("suicide");
    seen.push("suicide");
  });
  socket.on("suicide", [&seen] { seen.push("removed within the same event"); });
  client->emit(R"(["event"])");
  client->emit(R"(["event"])");
  client->emit(R"(["victim"])");
  client->emit(R"(["suicide"])");
  client->emit(R"(["suicide"])");
  EXPECT_EQ(seen.pop(), "original");
  EXPECT_EQ(seen.pop(), "added") << "not already by the event that added it";
  EXPECT_EQ(seen.pop(), "suicide");
  EXPECT_EQ(client->try_connect("/nowhere"), R"(4/nowhere,{"message":"Invalid namespace"})");
  EXPECT_TRUE(seen.empty());
}

TEST_P(sockets, may_disconnect_within_a_handler) {
  channel<std::string> seen;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("bye", [&seen, socket] {
      socket.disconnect();
      socket.emit("not sent any more");
      seen.push(socket.connected() ? "connected" : "not connected");
    });
    socket.on("bye", [&seen] { seen.push("a handler after the end"); });
    socket.on("close", [socket] { socket.disconnect(true); });
    socket.on("disconnecting",
              [&seen](const std::string& reason) { seen.push("disconnecting " + reason); });
    socket.on("disconnect", [&seen, socket](const std::string& reason) {
      socket.disconnect(true);
      seen.push("disconnect " + reason);
    });
  });
  const auto running = server.start();
  auto client = connect();
  client->emit(R"(["bye"])");
  EXPECT_EQ(client->next(), "1");
  EXPECT_EQ(seen.pop(), "disconnecting server namespace disconnect");
  EXPECT_EQ(seen.pop(), "disconnect server namespace disconnect");
  EXPECT_EQ(seen.pop(), "not connected");
  client->connect();
  client->emit(R"(["close"])");
  EXPECT_EQ(client->next(), "1");
  EXPECT_EQ(client->next(), "(end)");
  EXPECT_EQ(seen.pop(), "disconnecting server namespace disconnect");
  EXPECT_EQ(seen.pop(), "disconnect server namespace disconnect");
  client = connect();
  client->send("1");
  EXPECT_EQ(seen.pop(), "disconnecting client namespace disconnect");
  EXPECT_EQ(seen.pop(), "disconnect client namespace disconnect");
  client->connect();
  client.reset();
  EXPECT_EQ(seen.pop(), "disconnecting transport close");
  EXPECT_EQ(seen.pop(), "disconnect transport close");
  EXPECT_TRUE(seen.empty());
}

TEST_P(sockets, send_one_disconnect_packet) {
  channel<std::string> seen;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("bye", [socket] { socket.disconnect(); });
    socket.on("disconnecting", [socket] { socket.disconnect(); });
  });
  static_cast<void>(server.io.of("/other"));
  const auto running = server.start();
  const auto client = connect();
  client->emit(R"(["bye"])");
  EXPECT_EQ(client->next(), "1");
  EXPECT_EQ(client->try_connect("/other").substr(0, 8), "0/other,") << "nothing came before";
  client->connect();
  client->send("1");
  EXPECT_EQ(client->try_connect("/nowhere").substr(0, 10), "4/nowhere,") << "nothing came before";
}

TEST_P(sockets, do_nothing_after_their_end) {
  channel<std::string> ended;
  channel<bool> posted;
  const auto running = server.start();
  auto [client, socket] = connect_both();
  socket.on("disconnect", [&](const std::string& reason) { ended.push(reason); });
  socket.set_data({{"name", "Ada"}});
  client.reset();
  EXPECT_EQ(ended.pop(), "transport close");
  socket.emit("event", 1);
  socket.volatile_().emit("event");
  socket.join("room");
  socket.leave("room");
  socket.on("event", [] {});
  socket.off("event");
  socket.disconnect();
  socket.disconnect(true);
  socket.post([&] { posted.push(true); });
  EXPECT_TRUE(posted.pop());
  EXPECT_FALSE(socket.connected());
  EXPECT_TRUE(socket.rooms().empty());
  EXPECT_EQ(socket.data()["name"], "Ada");
  EXPECT_EQ(server.io.sockets_count(), 0U);
  EXPECT_EQ(server.io.rooms_count(), 0U);
  EXPECT_TRUE(server.errors.empty());
}

// AddressSanitizer's leak check sees sockets that never die.
TEST_P(sockets, may_be_captured_by_their_own_handlers) {
  const auto witness = std::make_shared<int>(0);
  channel<bool> ended;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("event", [socket, witness] {});
    socket.on_any([socket, witness](std::string_view, const arguments&) {});
    socket.on_any_outgoing([socket, witness](std::string_view, const arguments&) {});
    socket.emit("question", [socket, witness](const error_code&) {});
    socket.on("disconnect", [socket, witness, &ended] { ended.push(true); });
  });
  const auto running = server.start();
  static_cast<void>(connect());
  EXPECT_TRUE(ended.pop());
  static_cast<void>(accepted.pop());
  server.close();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_P(sockets, know_their_handshake) {
  const auto running = server.start();
  socket_client client(server.where());
  client.connect("/", R"({"token":"secret"})");
  const auto socket = accepted.pop();
  EXPECT_EQ(socket.handshake().auth()["token"], "secret");
  EXPECT_EQ(socket.handshake().auth<std::string>("token"), "secret");
  EXPECT_EQ(socket.handshake().auth<int>("token"), std::nullopt);
  EXPECT_EQ(socket.handshake().auth<std::string>("none"), std::nullopt);
  EXPECT_EQ(socket.handshake().query()["transport"], "websocket");
  EXPECT_EQ(socket.handshake().address(), "127.0.0.1");
  EXPECT_FALSE(socket.handshake().secure());
  EXPECT_EQ(socket.id().size(), 20U);
  EXPECT_EQ(socket.nsp(), "/");
  EXPECT_EQ(socket.rooms(), std::vector{socket.id()});
}

TEST_P(sockets, tell_how_much_waits_for_the_client) {
  channel<std::size_t> buffered;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("emit", [&, socket] {
      buffered.push(socket.buffered());
      socket.emit("long", std::string(1000, 'x'));
      buffered.push(socket.buffered());
    });
  });
  const auto running = server.start();
  const auto on_websocket = connect();
  on_websocket->emit(R"(["emit"])");
  EXPECT_EQ(buffered.pop(), 0U);
  EXPECT_GT(buffered.pop(), 1000U);
  socket_client polling(std::make_unique<polling_client>(server.where()));
  polling.connect();
  polling.emit(R"(["emit"])");
  EXPECT_EQ(buffered.pop(), 0U);
  EXPECT_GT(buffered.pop(), 1000U);
}

}  // namespace
