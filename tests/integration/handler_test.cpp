// Handlers with typed parameters, and events whose arguments do or do not convert to them.
#include <map>
#include <optional>
#include <thread>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::ack;
using socketio::arguments;
using socketio::json;
using socketio::next;
using socketio::socket;

struct point {
  int x = 0;
  int y = 0;
};

void to_json(json& value, const point& from) {
  value = {{"x", from.x}, {"y", from.y}};
}

void from_json(const json& value, point& to) {
  value.at("x").get_to(to.x);
  value.at("y").get_to(to.y);
}

struct login {
  std::string name;
  int tries = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(login, name, tries)

class handlers : public server_test {};
INSTANTIATE_TEST_SUITE_P(threads, handlers, ::testing::Values(1, 3), threads_name);

// Adds an event that echoes a value of a type.
template <class Value>
void echo(const socket& socket, std::string_view event) {
  socket.on(event, [](Value value, const ack& reply) { reply(value); });
}

template <class Integer>
void check_range(socket_client& client, channel<std::string>& errors, const std::string& event,
                 std::string_view below, std::string_view above) {
  const auto call = [&](std::string_view value) {
    return "[\"" + event + "\"," + std::string(value) + "]";
  };
  const auto least = std::to_string(std::numeric_limits<Integer>::min());
  const auto most = std::to_string(std::numeric_limits<Integer>::max());
  EXPECT_EQ(client.ask(call(least)), "[" + least + "]");
  EXPECT_EQ(client.ask(call(most)), "[" + most + "]");
  EXPECT_EQ(client.ask(call("1.0")), "[1]");
  for (const auto wrong : {below, above, std::string_view("1.5"), std::string_view("\"1\""),
                           std::string_view("true"), std::string_view("null")}) {
    client.emit(call(wrong));
    EXPECT_NE(errors.pop().find("argument 1 of event \"" + event + "\""), std::string::npos);
  }
}

TEST_P(handlers, take_integers_of_all_widths) {
  server.io.on("connection", [](const socket& socket) {
    echo<std::int8_t>(socket, "i8");
    echo<std::int16_t>(socket, "i16");
    echo<std::int32_t>(socket, "i32");
    echo<std::int64_t>(socket, "i64");
    echo<std::uint8_t>(socket, "u8");
    echo<std::uint16_t>(socket, "u16");
    echo<std::uint32_t>(socket, "u32");
    echo<std::uint64_t>(socket, "u64");
  });
  const auto running = server.start();
  const auto client = connect();
  auto& errors = server.errors;
  check_range<std::int8_t>(*client, errors, "i8", "-129", "128");
  check_range<std::int16_t>(*client, errors, "i16", "-32769", "32768");
  check_range<std::int32_t>(*client, errors, "i32", "-2147483649", "2147483648");
  check_range<std::int64_t>(*client, errors, "i64", "-9223372036854777856", "9223372036854775808");
  check_range<std::uint8_t>(*client, errors, "u8", "-1", "256");
  check_range<std::uint16_t>(*client, errors, "u16", "-1", "65536");
  check_range<std::uint32_t>(*client, errors, "u32", "-1", "4294967296");
  check_range<std::uint64_t>(*client, errors, "u64", "-1", "18446744073709551616");
  EXPECT_TRUE(errors.empty());
}

TEST_P(handlers, take_simple_values) {
  server.io.on("connection", [](const socket& socket) {
    echo<double>(socket, "double");
    echo<float>(socket, "float");
    echo<bool>(socket, "bool");
    echo<std::string>(socket, "string");
    echo<std::string_view>(socket, "view");
    echo<const std::string&>(socket, "reference");
    echo<std::optional<int>>(socket, "optional");
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["double",1.5])"), "[1.5]");
  EXPECT_EQ(client->ask(R"(["double",3])"), "[3]");
  EXPECT_EQ(client->ask(R"(["float",0.25])"), "[0.25]");
  EXPECT_EQ(client->ask(R"(["bool",true])"), "[true]");
  EXPECT_EQ(client->ask(R"(["string","h\u00e9 \ud83d\ude00"])"), "[\"hé 😀\"]");
  EXPECT_EQ(client->ask(R"(["view","text"])"), R"(["text"])");
  EXPECT_EQ(client->ask(R"(["reference",""])"), R"([""])");
  EXPECT_EQ(client->ask(R"(["optional",7])"), "[7]");
  EXPECT_EQ(client->ask(R"(["optional",null])"), "[null]");
  EXPECT_EQ(client->ask(R"(["optional"])"), "[null]");
  for (const std::string wrong :
       {R"(["double","1"])", R"(["bool",1])", R"(["string",1])", R"(["optional","1"])"}) {
    client->emit(wrong);
    EXPECT_NE(server.errors.pop().find("argument 1"), std::string::npos) << wrong;
  }
}

TEST_P(handlers, take_structures) {
  server.io.on("connection", [](const socket& socket) {
    echo<std::vector<int>>(socket, "vector");
    echo<std::map<std::string, int>>(socket, "map");
    echo<point>(socket, "point");
    echo<std::vector<point>>(socket, "points");
    echo<std::optional<point>>(socket, "maybe");
    echo<json>(socket, "json");
    echo<nlohmann::json>(socket, "sorted");
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["vector",[1,2,3]])"), "[[1,2,3]]");
  EXPECT_EQ(client->ask(R"(["map",{"b":2,"a":1}])"), R"([{"a":1,"b":2}])");
  EXPECT_EQ(client->ask(R"(["point",{"y":2,"x":1}])"), R"([{"x":1,"y":2}])");
  EXPECT_EQ(client->ask(R"(["points",[{"x":1,"y":2}]])"), R"([[{"x":1,"y":2}]])");
  EXPECT_EQ(client->ask(R"(["maybe",null])"), "[null]");
  EXPECT_EQ(client->ask(R"(["maybe",{"x":3,"y":4}])"), R"([{"x":3,"y":4}])");
  EXPECT_EQ(client->ask(R"(["json",{"b":[null,true],"a":1.5}])"), R"([{"b":[null,true],"a":1.5}])");
  EXPECT_EQ(client->ask(R"(["sorted",{"b":1,"a":2}])"), R"([{"a":2,"b":1}])");
  for (const std::string wrong :
       {R"(["vector",["a"]])", R"(["map",[1]])", R"(["point",{"x":1}])", R"(["point"])"}) {
    client->emit(wrong);
    EXPECT_NE(server.errors.pop().find("argument 1"), std::string::npos) << wrong;
  }
}

TEST_P(handlers, take_bytes) {
  server.io.on("connection", [](const socket& socket) {
    echo<socketio::binary>(socket, "binary");
    echo<std::vector<std::uint8_t>>(socket, "octets");
    echo<std::span<const std::byte>>(socket, "span");
    echo<json>(socket, "json");
    socket.on("two", [](const socketio::binary& first, int between, const socketio::binary& second,
                        const ack& reply) { reply(second, between, first); });
  });
  const auto running = server.start();
  const auto client = connect();
  const std::string bytes("\0\x01\xff", 3);
  for (const std::string event : {"binary", "octets", "span"}) {
    client->send("51-5[\"" + event + R"(",{"_placeholder":true,"num":0}])");
    client->send_binary(bytes);
    EXPECT_EQ(client->next(), R"(61-5[{"_placeholder":true,"num":0}])") << event;
    EXPECT_EQ(client->next(), "(binary)" + bytes) << event;
  }
  client->send(R"(51-6["json",{"deep":[{"_placeholder":true,"num":0}]}])");
  client->send_binary(bytes);
  EXPECT_EQ(client->next(), R"(61-6[{"deep":[{"_placeholder":true,"num":0}]}])");
  EXPECT_EQ(client->next(), "(binary)" + bytes);
  client->send(R"(52-7["two",{"_placeholder":true,"num":0},4,{"_placeholder":true,"num":1}])");
  client->send_binary("first");
  client->send_binary("second");
  EXPECT_EQ(client->next(),
            R"(62-7[{"_placeholder":true,"num":0},4,{"_placeholder":true,"num":1}])");
  EXPECT_EQ(client->next(), "(binary)second");
  EXPECT_EQ(client->next(), "(binary)first");
  client->emit(R"(["binary","text"])");
  EXPECT_NE(server.errors.pop().find("argument 1"), std::string::npos);
}

TEST_P(handlers, take_bytes_within_containers) {
  server.io.on("connection", [](const socket& socket) {
    echo<std::vector<socketio::binary>>(socket, "list");
    echo<std::map<std::string, std::vector<std::uint8_t>>>(socket, "map");
  });
  const auto running = server.start();
  const auto client = connect();
  const auto* list = R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  client->send(std::string(R"(52-1["list",)") + list + "]");
  client->send_binary("first");
  client->send_binary("second");
  EXPECT_EQ(client->next(), "62-1[" + std::string(list) + "]");
  EXPECT_EQ(client->next(), "(binary)first");
  EXPECT_EQ(client->next(), "(binary)second");
  client->send(R"(51-2["map",{"a":{"_placeholder":true,"num":0}}])");
  client->send_binary("bytes");
  EXPECT_EQ(client->next(), R"(61-2[{"a":{"_placeholder":true,"num":0}}])");
  EXPECT_EQ(client->next(), "(binary)bytes");
}

TEST_P(handlers, take_types_with_macros) {
  server.io.on("connection", [](const socket& socket) {
    echo<login>(socket, "one");
    echo<std::vector<login>>(socket, "many");
    socket.emit("welcome", login{"ann", 1});
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->next(), R"(2["welcome",{"name":"ann","tries":1}])");
  EXPECT_EQ(client->ask(R"(["one",{"tries":2,"name":"bob"}])"), R"([{"name":"bob","tries":2}])");
  EXPECT_EQ(client->ask(R"(["many",[{"tries":2,"name":"bob"}]])"),
            R"([[{"name":"bob","tries":2}]])");
  client->emit(R"(["one",{"tries":2}])");
  EXPECT_NE(server.errors.pop().find("argument 1"), std::string::npos);
}

// Any client could end the process otherwise.
TEST_P(handlers, that_read_what_the_client_left_out_are_reported) {
  server.io.use([](const socket& socket, const next& go_on) {
    if (socket.handshake().auth()["user"] == "ann") return go_on();
    go_on("no");
  });
  server.io.on("connection", [](const socket& socket) {
    socket.on("key", [](const json& value, const ack& reply) { reply(value["a"] == 1); });
    socket.on("index", [](const json& value, const ack& reply) { reply(value["list"][1] == 1); });
    socket.on("end", [](const json& value, const ack& reply) { reply(value.front() == 1); });
  });
  const auto running = server.start();
  socket_client client(server.where());
  for (const auto* auth : {"", "{}"}) {
    EXPECT_EQ(client.try_connect("/", auth), R"(4{"message":"Internal server error"})");
    EXPECT_NE(server.errors.pop().find("middleware: "), std::string::npos);
  }
  client.connect("/", R"({"user":"ann"})");
  for (const auto* event : {R"(["key",{}])", R"(["key",[]])", R"(["key"])", R"(["index",{}])",
                            R"(["index",{"list":[1]}])", R"(["end",[]])", R"(["end",{}])"}) {
    client.emit(event);
    EXPECT_NE(server.errors.pop(), "") << event;
  }
  EXPECT_EQ(client.ask(R"(["key",{"a":1}])"), "[true]");
  EXPECT_EQ(client.ask(R"(["index",{"list":[0,1]}])"), "[true]");
  EXPECT_TRUE(server.errors.empty());
}

TEST_P(handlers, take_any_number_of_arguments) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("count", [](const arguments& values, const ack& reply) { reply(values.size()); });
    socket.on("rest", [](int first, const arguments& rest, const ack& reply) {
      reply(first, rest.to_json(), rest);
    });
    socket.on("none", [](const ack& reply) { reply(); });
    socket.on("two", [](int first, std::optional<int> second, const ack& reply) {
      reply(first + second.value_or(100));
    });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["count"])"), "[0]");
  EXPECT_EQ(client->ask(R"(["count",1,[2],null])"), "[3]");
  EXPECT_EQ(client->ask(R"(["rest",1,"a",null])"), R"([1,["a",null],"a",null])");
  EXPECT_EQ(client->ask(R"(["rest",1])"), "[1,[]]");
  EXPECT_EQ(client->ask(R"(["none",1,2,3])"), "[]") << "more arguments than parameters";
  EXPECT_EQ(client->ask(R"(["two",1])"), "[101]");
  EXPECT_EQ(client->ask(R"(["two",1,2,3])"), "[3]");
  client->emit(R"(["two"])");
  EXPECT_NE(server.errors.pop().find("argument 1 of event \"two\""), std::string::npos);
}

TEST_P(handlers, are_not_called_if_an_argument_does_not_fit) {
  channel<int> called;
  server.io.on("connection", [&called](const socket& socket) {
    socket.on("number", [&called](int first, int second) { called.push(first + second); });
    socket.on("number", [](const std::string&, const ack& reply) { reply("the other handler"); });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["number","text",2])"), R"(["the other handler"])");
  EXPECT_NE(server.errors.pop().find("argument 1 of event \"number\""), std::string::npos);
  client->emit(R"(["number",1,"text"])");
  EXPECT_NE(server.errors.pop().find("argument 2 of event \"number\""), std::string::npos);
  EXPECT_TRUE(called.empty());
  client->emit(R"(["number",1,2])");
  EXPECT_EQ(called.pop(), 3) << "the connection goes on";
}

TEST_P(handlers, that_throw_are_reported) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("throw", [] { throw std::runtime_error("on purpose"); });
    socket.on("throw", [](const ack& reply) { reply("next handler"); });
    socket.on("number", [] { throw 42; });
    socket.on("post", [socket] { socket.post([] { throw std::runtime_error("posted"); }); });
    socket.on("ask", [socket] {
      socket.emit("question", [](int) { throw std::runtime_error("acknowledged"); });
    });
    socket.on("fine", [](const ack& reply) { reply("fine"); });
    socket.on("disconnect", [] { throw std::runtime_error("at the end"); });
    if (socket.handshake().auth().contains("throw")) throw std::runtime_error("in connection");
  });
  const auto running = server.start();
  auto client = connect();
  EXPECT_EQ(client->ask(R"(["throw"])"), R"(["next handler"])");
  EXPECT_EQ(server.errors.pop(), "event throw: on purpose");
  client->emit(R"(["number"])");
  EXPECT_NE(server.errors.pop().find("event number: "), std::string::npos);
  client->emit(R"(["post"])");
  EXPECT_NE(server.errors.pop().find("posted"), std::string::npos);
  client->emit(R"(["ask"])");
  const auto question = client->next();
  client->send("3" + question.substr(1, question.find('[') - 1) + "[1]");
  EXPECT_NE(server.errors.pop().find("acknowledged"), std::string::npos);
  server.io.post([] { throw std::runtime_error("posted to the server"); });
  EXPECT_NE(server.errors.pop().find("posted to the server"), std::string::npos);
  EXPECT_EQ(client->ask(R"(["fine"])"), R"(["fine"])");
  socket_client(server.where()).connect("/", R"({"throw":true})");
  EXPECT_EQ(server.errors.pop(), "connection: in connection");
  EXPECT_EQ(server.errors.pop(), "event disconnect: at the end");
  EXPECT_EQ(client->ask(R"(["fine"])"), R"(["fine"])");
  client.reset();
  EXPECT_EQ(server.errors.pop(), "event disconnect: at the end");
}

TEST_P(handlers, acknowledge_once_at_most) {
  channel<ack> kept;
  server.io.on("connection", [&kept](const socket& socket) {
    socket.on("twice", [](const ack& reply) {
      reply(1);
      const auto copy = reply;
      copy(2);
    });
    socket.on("asked", [socket](const ack& reply) {
      reply("ignored if nobody asked");
      socket.emit("was", static_cast<bool>(reply));
    });
    socket.on("later", [&kept](const ack& reply) { kept.push(reply); });
  });
  const auto running = server.start();
  auto client = connect();
  EXPECT_EQ(client->ask(R"(["twice"])"), "[1]");
  client->emit(R"(["asked"])");
  EXPECT_EQ(client->next(), R"(2["was",false])");
  client->send(R"(29["asked"])");
  EXPECT_EQ(client->next(), R"(39["ignored if nobody asked"])");
  EXPECT_EQ(client->next(), R"(2["was",true])");

  client->send(R"(277["later"])");
  const auto reply = kept.pop();
  std::jthread([reply] { reply("from another thread", 2); }).join();
  EXPECT_EQ(client->next(), R"(377["from another thread",2])");

  client->send(R"(278["later"])");
  const auto late = kept.pop();
  client.reset();
  static_cast<void>(connect());
  late("after the disconnect");
  EXPECT_EQ(connect()->ask(R"(["twice"])"), "[1]");
  EXPECT_TRUE(server.errors.empty());
}

// Counts how many handlers of a socket are running.
TEST_P(handlers, of_one_socket_never_overlap) {
  struct counts {
    std::atomic<int> running{0};
    std::atomic<int> overlaps{0};
  };
  counts seen;
  server.io.on("connection", [&seen](const socket& socket) {
    const auto enter = [&seen] {
      if (++seen.running > 1) ++seen.overlaps;
      std::this_thread::yield();
      --seen.running;
    };
    socket.on("work", enter);
    socket.on("start", [socket, enter](const ack& reply) {
      reply();
      for (int i = 0; i < 100; ++i) socket.post(enter);
    });
    socket.on("done", [](const ack& reply) { reply(); });
  });
  const auto running = server.start();
  const auto client = connect();
  EXPECT_EQ(client->ask(R"(["start"])"), "[]");
  for (int i = 0; i < 300; ++i) client->emit(R"(["work"])");
  EXPECT_EQ(client->ask(R"(["done"])"), "[]");
  EXPECT_EQ(seen.overlaps, 0);
}

}  // namespace
