// A packet codec that the library does not know: events, acknowledgements, binary values and
// broadcasts pass through it without a change anywhere else.
#include <algorithm>

#include <socketio/protocol/packet_codec.hpp>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::error_code;
using socketio::json;
using socketio::socket;

// Each packet is one binary message: `type nsp id json` and then the attachments, each of these
// with its size before it, as in `5:hello`. An empty id is none.
class sized_codec final : public socketio::packet_codec {
 public:
  static void append(std::string& message, std::string_view field) {
    message.append(std::to_string(field.size())).append(":").append(field);
  }
  static std::string_view take(std::string_view& message) {
    const auto colon = message.find(':');
    const auto size = std::stoul(std::string(message.substr(0, colon)));
    const auto field = message.substr(colon + 1, size);
    message.remove_prefix(colon + 1 + size);
    return field;
  }

  socketio::packet_form encode(const socketio::packet_header& header,
                               const socketio::encoded_arguments& values,
                               std::string& message) const override {
    append(message, std::to_string(static_cast<int>(header.type)));
    append(message, header.nsp);
    append(message, header.id ? std::to_string(*header.id) : std::string());
    append(message, values.json);
    for (const auto& attachment : values.attachments) append(message, attachment.characters());
    return socketio::packet_form::whole_binary;
  }

  socketio::decode_result decode_text(std::string_view /*message*/,
                                      std::unique_ptr<socketio::incomplete_packet>& /*incomplete*/,
                                      socketio::packet_scratch& scratch) const override {
    return scratch.fail("a text message");
  }

  socketio::decode_result decode_binary(std::string&& message,
                                        std::unique_ptr<socketio::incomplete_packet>& /*none*/,
                                        socketio::packet_scratch& scratch) const override {
    auto rest = scratch.keep(std::move(message));
    socketio::packet_header header;
    header.type = static_cast<socketio::packet_type>(std::stoi(std::string(take(rest))));
    header.nsp = take(rest);
    if (const auto id = take(rest); !id.empty()) header.id = std::stoull(std::string(id));
    const auto values = take(rest);
    std::vector<socketio::shared_bytes> attachments;
    while (!rest.empty()) attachments.emplace_back(std::string(take(rest)));
    header.attachments = attachments.size();
    return scratch.read(header, values, std::move(attachments));
  }
};

// A packet as the tests write it: `2 / 7 ["a"]`, with a dash for no id, then the attachments.
std::string encoded(std::string_view type, std::string_view nsp, std::string_view id,
                    std::string_view values, const std::vector<std::string>& attachments = {}) {
  std::string message;
  for (const auto field : {type, nsp, id == "-" ? std::string_view{} : id, values}) {
    sized_codec::append(message, field);
  }
  for (const auto& bytes : attachments) sized_codec::append(message, bytes);
  return message;
}

// The packet that a client receives next, as above; attachments in angle brackets.
std::string next(socket_client& client) {
  const auto received = client.next_message();
  if (!received) return "(end)";
  EXPECT_TRUE(received->binary) << received->data;
  std::string_view rest = received->data;
  std::string shown;
  for (int i = 0; i < 4; ++i) {
    const auto field = sized_codec::take(rest);
    shown.append(i == 0 ? "" : " ").append(field.empty() ? "-" : field);
  }
  while (!rest.empty()) shown.append(" <").append(sized_codec::take(rest)).append(">");
  return shown;
}

socketio::server_options with_codec(std::size_t threads) {
  auto options = options_with(threads);
  options.parser = std::make_shared<sized_codec>();
  return options;
}

class parser : public ::testing::TestWithParam<std::size_t> {
 protected:
  // Connects a client over WebSocket, or over polling.
  std::unique_ptr<socket_client> connect(bool polling = false) {
    auto client =
        polling ? std::make_unique<socket_client>(std::make_unique<polling_client>(server.where()))
                : std::make_unique<socket_client>(server.where());
    client->send_binary(encoded("0", "/", "-", {}));
    EXPECT_TRUE(next(*client).starts_with(R"(0 / - {"sid":")"));
    return client;
  }

  server_fixture server{with_codec(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(threads, parser, ::testing::Values(1, 3), threads_name);

TEST_P(parser, carries_events_and_acknowledgements_both_ways) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("sum", [](int a, int b, const ack& reply) { reply(a + b); });
    socket.on("ask", [socket] {
      socket.emit("name?",
                  [socket](error_code, const std::string& name) { socket.emit("hello", name); });
    });
  });
  const auto running = server.start();
  for (const bool polling : {false, true}) {
    const auto client = connect(polling);
    client->send_binary(encoded("2", "/", "7", R"(["sum",2,3])"));
    EXPECT_EQ(next(*client), "3 / 7 [5]");
    client->send_binary(encoded("2", "/", "-", R"(["ask"])"));
    const auto question = next(*client);
    const auto id = question.substr(4, question.find(' ', 4) - 4);
    EXPECT_EQ(question, "2 / " + id + R"( ["name?"])");
    client->send_binary(encoded("3", "/", id, R"(["Ann"])"));
    EXPECT_EQ(next(*client), R"(2 / - ["hello","Ann"])");
  }
}

TEST_P(parser, carries_binary_values_both_ways) {
  server.io.on("connection", [](const socket& socket) {
    socket.on("bytes", [socket](const socketio::binary& one, const json& two, const ack& reply) {
      socket.emit("back", two, one);
      reply(one);
    });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send_binary(
      encoded("2", "/", "1",
              R"(["bytes",{"_placeholder":true,"num":0},{"in":{"_placeholder":true,"num":1}}])",
              {"one", "two"}));
  EXPECT_EQ(next(*client),
            R"(2 / - ["back",{"in":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}])"
            " <two> <one>");
  EXPECT_EQ(next(*client), R"(3 / 1 [{"_placeholder":true,"num":0}] <one>)");
}

TEST_P(parser, carries_broadcasts_and_their_acknowledgements) {
  channel<json> answers;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("tell", [socket](const std::string& text, const socketio::binary& bytes) {
      socket.broadcast().emit("told", text, bytes);
    });
    socket.on("poll", [&] {
      server.io.emit("vote?", [&](error_code, const json& all) { answers.push(all); });
    });
  });
  const auto running = server.start();
  const auto first = connect();
  const auto second = connect(true);
  first->send_binary(
      encoded("2", "/", "-", R"(["tell","news",{"_placeholder":true,"num":0}])", {"bytes"}));
  EXPECT_EQ(next(*second), R"(2 / - ["told","news",{"_placeholder":true,"num":0}] <bytes>)");
  first->send_binary(encoded("2", "/", "-", R"(["poll"])"));
  for (auto* client : {first.get(), second.get()}) {
    const auto question = next(*client);
    client->send_binary(encoded("3", "/", question.substr(4, question.find(' ', 4) - 4), "[1]"));
  }
  EXPECT_EQ(answers.pop(), json::array({1, 1}));
}

TEST_P(parser, carries_the_other_packets) {
  server.io.of("/admin").use(
      [](const socket&, const socketio::next& next) { next(socketio::connect_error("not you")); });
  channel<std::string> reasons;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("kick", [socket] { socket.disconnect(); });
    socket.on("disconnect", [&](const std::string& reason) { reasons.push(reason); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send_binary(encoded("0", "/admin", "-", {}));
  EXPECT_EQ(next(*client), R"(4 /admin - {"message":"not you"})");
  client->send_binary(encoded("2", "/", "-", R"(["kick"])"));
  EXPECT_EQ(next(*client), "1 / - -");
  EXPECT_EQ(reasons.pop(), "server namespace disconnect");
  const auto other = connect();
  other->send_binary(encoded("1", "/", "-", {}));
  EXPECT_EQ(reasons.pop(), "client namespace disconnect");
}

TEST_P(parser, decides_what_is_an_error) {
  channel<std::string> problems;
  server.io.on("connection", [&](const socket& socket) {
    socket.on("error", [&](const std::string& problem) { problems.push(problem); });
  });
  const auto running = server.start();
  const auto client = connect();
  client->send(R"(2["text"])");
  EXPECT_EQ(problems.pop(), "a text message");
  EXPECT_EQ(next(*client), "(end)");
  const auto other = connect();
  other->send_binary(encoded("2", "/", "-", "[}"));
  EXPECT_EQ(problems.pop(), "invalid JSON");
  EXPECT_EQ(next(*other), "(end)");
}

}  // namespace
