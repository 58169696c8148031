// A client of Socket.IO, packet by packet, over a fake WebSocket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/core.hpp>

#include "engineio/fixture.hpp"

namespace socketio {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Client : public engineio::fakes::engine_test {
 protected:
  void SetUp() override {
    engine_test::start();
    core_.emplace(*engine_, options);
    core_->on_error([this](const handler_error& error) { errors.push_back(error.message()); });
    for (const auto* name : {"/", "/chat"}) {
      core_->of(name).on("connection", [this](const socket& joined) { welcome(joined); });
    }
  }
  void TearDown() override {
    sockets.clear();
    next_.reset();
    core_.reset();
  }

  // Opens a session; its packets come without the Engine.IO type.
  void open() {
    opened =
        request(engineio::fakes::make_upgrade_request("EIO=4&transport=websocket"))->connection;
    opened->sent.clear();
  }
  void send(std::string_view packet) { receive(opened, "4" + std::string(packet)); }
  void send_binary(std::string_view bytes) { receive(opened, bytes, true); }

  // What the server has sent since the last call.
  std::vector<std::string> received() {
    std::vector<std::string> packets;
    for (auto& message : std::exchange(opened->sent, {})) {
      packets.push_back(message.starts_with("4") ? message.substr(1) : message);
    }
    return packets;
  }
  // Joins a namespace, and returns the socket's id.
  std::string join(std::string_view nsp = "/") {
    send(nsp == "/" ? "0" : "0" + std::string(nsp) + ",");
    received();
    return sockets.back().id();
  }
  [[nodiscard]] bool is_open() const { return !opened->closed_with; }

  std::vector<std::string> told() { return std::exchange(lines, {}); }

  core_options options;
  std::shared_ptr<engineio::fakes::websocket_client> opened;
  std::vector<socket> sockets;
  std::vector<std::string> lines;   // what the sockets' handlers were told
  std::vector<std::string> errors;  // of application code
  std::optional<core> core_;
  std::optional<next> next_;

 private:
  void welcome(const socket& joined) {
    sockets.push_back(joined);
    const auto name = joined.nsp();
    joined.on("echo", [](const arguments& values, const ack& reply) { reply(values); });
    joined.on("note",
              [this, name](const json& value) { lines.push_back(name + " " + value.dump()); });
    joined.on("error",
              [this, name](const std::string& what) { lines.push_back(name + " error " + what); });
    joined.on("disconnect", [this, name](const std::string& reason) {
      lines.push_back(name + " left: " + reason);
    });
  }
};

// --- Joining

TEST_F(Client, JoinsANamespace) {
  open();
  send("0");
  ASSERT_EQ(sockets.size(), 1U);
  EXPECT_THAT(received(), ElementsAre(R"(0{"sid":")" + sockets[0].id() + R"("})"));
  send("0/chat,{\"token\":1}");
  ASSERT_EQ(sockets.size(), 2U);
  EXPECT_THAT(received(), ElementsAre(R"(0/chat,{"sid":")" + sockets[1].id() + R"("})"));
  EXPECT_EQ(sockets[1].handshake().auth(), (json{{"token", 1}}));
  EXPECT_NE(sockets[0].id(), sockets[1].id());
}

TEST_F(Client, IsRefusedWhereThereIsNoNamespace) {
  open();
  send("0/unknown,");
  EXPECT_THAT(received(), ElementsAre(R"(4/unknown,{"message":"Invalid namespace"})"));
  EXPECT_TRUE(is_open());
  send("0");
  EXPECT_EQ(sockets.size(), 1U) << "it may still join another";
}

TEST_F(Client, IsDisconnectedWhenItJoinsTwice) {
  open();
  join();
  send("0");
  EXPECT_THAT(told(), ElementsAre("/ error namespace connected twice", "/ left: forced close"));
  EXPECT_FALSE(is_open());
}

TEST_F(Client, IsDisconnectedWhenItJoinsNothingInTime) {
  core_.reset();
  options.connect_timeout = 10ms;
  core_.emplace(*engine_, options);
  open();
  EXPECT_TRUE(run_until([&] { return !is_open(); }));
}

TEST_F(Client, MayJoinAgainAfterItHasLeft) {
  open();
  const auto first = join();
  send("1");
  EXPECT_THAT(told(), ElementsAre("/ left: client namespace disconnect"));
  EXPECT_TRUE(is_open());
  EXPECT_NE(join(), first);
}

// --- Middlewares

TEST_F(Client, IsToldWhyAMiddlewareRefusesIt) {
  core_->of("/").use([](const socket& /*joining*/, const next& decide) {
    decide(connect_error("no entry", json{{"code", 7}, {"raw", json::binary({1, 2})}}));
  });
  open();
  send("0");
  EXPECT_THAT(
      received(),
      ElementsAre(
          R"(4{"message":"no entry","data":{"code":7,"raw":{"type":"Buffer","data":[1,2]}}})"));
  EXPECT_THAT(sockets, IsEmpty());
}

TEST_F(Client, IsRefusedByAMiddlewareThatThrows) {
  core_->of("/").use([](const socket& /*joining*/, const next& /*decide*/) {
    throw std::runtime_error("no database");
  });
  open();
  send("0");
  EXPECT_THAT(received(), ElementsAre(R"(4{"message":"Internal server error"})"));
  EXPECT_THAT(errors, ElementsAre("no database"));
}

TEST_F(Client, DoesNotJoinWhenItGoesWhileAMiddlewareDecides) {
  core_->of("/").use([this](const socket& /*joining*/, const next& decide) { next_ = decide; });
  open();
  send("0");
  EXPECT_THAT(received(), IsEmpty());
  run([&] { opened->disconnect(websocket::close_code::normal); });
  run([&] { (*next_)(); });
  EXPECT_THAT(sockets, IsEmpty());
  EXPECT_EQ(core_->of("/").sockets_count(), 0U);
}

TEST_F(Client, GivesUpAnAttemptByTryingAgain) {
  std::vector<next> waiting;
  core_->of("/").use(
      [&](const socket& /*joining*/, const next& decide) { waiting.push_back(decide); });
  open();
  send("0");
  send("0");
  ASSERT_EQ(waiting.size(), 2U);
  run([&] { waiting[0](); });
  EXPECT_THAT(received(), IsEmpty());
  run([&] { waiting[1](); });
  EXPECT_EQ(sockets.size(), 1U);
}

TEST_F(Client, MaySendNothingWhileAMiddlewareDecides) {
  core_->of("/").use([this](const socket& /*joining*/, const next& decide) { next_ = decide; });
  open();
  send("0");
  send(R"(2["note",1])");
  EXPECT_FALSE(is_open());
}

// --- Events and acknowledgements

TEST_F(Client, SendsEventsToTheSocketOfTheirNamespace) {
  open();
  join();
  join("/chat");
  send(R"(2["note",1])");
  send(R"(2/chat,["note",2])");
  EXPECT_THAT(told(), ElementsAre("/ 1", "/chat 2"));
}

TEST_F(Client, ReceivesAcknowledgements) {
  open();
  join("/chat");
  send(R"(2/chat,12["echo","a",null])");
  EXPECT_THAT(received(), ElementsAre(R"(3/chat,12["a",null])"));
  send(R"(51-/chat,13["echo",{"_placeholder":true,"num":0}])");
  send_binary("xyz");
  EXPECT_THAT(received(),
              ElementsAre(R"(61-/chat,13[{"_placeholder":true,"num":0}])", "binary:xyz"));
}

TEST_F(Client, AcknowledgesEventsOnce) {
  open();
  join();
  std::vector<int> answers;
  run([&] { sockets[0].emit("question", [&](int value) { answers.push_back(value); }); });
  EXPECT_THAT(received(), ElementsAre(R"(20["question"])"));
  send("37[0]");
  send("30[5]");
  send("30[6]");
  EXPECT_THAT(answers, ElementsAre(5));
  EXPECT_TRUE(is_open());
}

TEST_F(Client, AnswersWhoeverWaitsWhenItGoes) {
  open();
  join();
  std::vector<error_code> answers;
  run([&] {
    sockets[0].emit("question", [&](error_code why, const json&) { answers.push_back(why); });
  });
  run([&] { opened->disconnect(websocket::close_code::normal); });
  EXPECT_THAT(answers, ElementsAre(error_code(error::disconnected)));
  EXPECT_THAT(told(), ElementsAre("/ left: transport close"));
}

// --- What the protocol forbids

struct violation {
  const char* name;
  std::vector<std::string> packets;  // "b:" stands for a binary message
};

class ClientThatBreaksTheProtocol : public Client,
                                    public ::testing::WithParamInterface<violation> {};

TEST_P(ClientThatBreaksTheProtocol, IsDisconnectedAndItsSocketsAreTold) {
  open();
  join("/chat");
  for (const auto& packet : GetParam().packets) {
    packet.starts_with("b:") ? send_binary(packet.substr(2)) : send(packet);
  }
  EXPECT_FALSE(is_open());
  const auto lines_told = told();
  ASSERT_EQ(lines_told.size(), 2U);
  EXPECT_THAT(lines_told[0], ::testing::StartsWith("/chat error "));
  EXPECT_EQ(lines_told[1], "/chat left: forced close");
  EXPECT_EQ(core_->of("/chat").sockets_count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, ClientThatBreaksTheProtocol,
    ::testing::Values(violation{"EventForANamespaceNotJoined", {R"(2["note",1])"}},
                      violation{"LeavesANamespaceNotJoined", {"1"}},
                      violation{"UnknownType", {"9"}}, violation{"NoJson", {"2/chat,[\"note\""}},
                      violation{"ConnectError", {R"(4/chat,{"message":"x"})"}},
                      violation{"BinaryWithoutAPacket", {"b:xyz"}},
                      violation{"PacketBeforeTheAttachment",
                                {R"(51-/chat,["note",{"_placeholder":true,"num":0}])",
                                 R"(2/chat,["note",1])"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

// --- Leaving

TEST_F(Client, LeavesOneNamespaceOrAll) {
  open();
  join();
  join("/chat");
  run([&] { sockets[0].disconnect(); });
  EXPECT_THAT(received(), ElementsAre("1"));
  EXPECT_THAT(told(), ElementsAre("/ left: server namespace disconnect"));
  EXPECT_TRUE(is_open());
  join();
  run([&] { sockets[1].disconnect(true); });
  EXPECT_FALSE(is_open());
  EXPECT_THAT(told(), ElementsAre("/chat left: server namespace disconnect",
                                  "/ left: server namespace disconnect"));
}

}  // namespace
}  // namespace socketio
