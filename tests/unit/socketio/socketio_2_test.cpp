// A client of Socket.IO 2, packet by packet, over a fake WebSocket; what it gets is what the
// reference sends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/core.hpp>
#include <socketio/prepared_event.hpp>

#include "engineio/fixture.hpp"

namespace socketio {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using engineio::fakes::websocket_client;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Socketio2 : public engineio::fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.allow_eio3 = true;
    engine_test::start();
    start_core();
  }
  void TearDown() override {
    sockets.clear();
    next_.reset();
    core_.reset();
  }

  void start_core() {
    core_.reset();
    core_.emplace(*engine_, options);
    for (const auto* name : {"/", "/chat"}) {
      core_->of(name).on("connection", [this](const socket& joined) { welcome(joined); });
    }
  }

  std::shared_ptr<websocket_client> open(std::string_view revision = "3") {
    const auto query = "EIO=" + std::string(revision) + "&transport=websocket";
    auto opened = request(engineio::fakes::make_upgrade_request(query))->connection;
    sid_ = opened->sent.front();
    sid_ = sid_.substr(sid_.find("sid") + 6, engineio::identifier_size);
    opened->sent.erase(opened->sent.begin());
    return opened;
  }
  void send(const std::shared_ptr<websocket_client>& client, std::string_view packet) {
    receive(client, "4" + std::string(packet));
  }
  static std::vector<std::string> take(const std::shared_ptr<websocket_client>& client) {
    return std::exchange(client->sent, {});
  }

  core_options options;
  std::vector<socket> sockets;
  std::vector<std::string> lines;  // what the sockets' handlers were told
  std::optional<core> core_;
  std::optional<next> next_;

 private:
  void welcome(const socket& joined) {
    sockets.push_back(joined);
    const auto name = joined.nsp();
    joined.on("echo", [](const arguments& values, const ack& reply) { reply(values); });
    joined.on("disconnect", [this, name](const std::string& reason) {
      lines.push_back(name + " left: " + reason);
    });
  }
};

// --- Joining

TEST_F(Socketio2, IsInTheMainNamespaceFromTheStart) {
  const auto client = open();
  EXPECT_THAT(take(client), ElementsAre("40"));
  ASSERT_EQ(sockets.size(), 1U);
  EXPECT_EQ(sockets[0].id(), sid_) << "which the client knows";
  EXPECT_EQ(sockets[0].handshake().auth(), json::object());
  EXPECT_EQ(sockets[0].connection().protocol(), "3");
}

TEST_F(Socketio2, JoinsFurtherNamespaces) {
  const auto client = open();
  take(client);
  send(client, "0/chat,");
  EXPECT_THAT(take(client), ElementsAre("40/chat,"));
  EXPECT_EQ(sockets[1].id(), "/chat#" + sid_);
  EXPECT_THAT(sockets[1].rooms(), ElementsAre("/chat#" + sid_));
}

TEST_F(Socketio2, GivesTheQueryOfItsNamespaceAsAuth) {
  const auto client = open();
  take(client);
  send(client, "0/chat?token=1&name=J%C3%BCrgen+K.&bad=%FF&empty=&token=2,");
  EXPECT_THAT(take(client), ElementsAre("40/chat,"));
  EXPECT_EQ(sockets[1].nsp(), "/chat");
  EXPECT_EQ(sockets[1].handshake().auth().dump(),
            R"({"token":"2","name":"Jürgen K.","bad":"�","empty":""})");
  send(client, "1/chat,");
  // As clients of Socket.IO 1 write it, without a comma.
  send(client, "0/chat?token=3");
  EXPECT_EQ(sockets[2].handshake().auth<std::string>("token"), "3");
  send(client, "1/chat");
  send(client, R"(0/chat,{"token":4})");
  EXPECT_EQ(sockets[3].handshake().auth(), json::object()) << "it has no payload";
}

// In a time that does not grow with the square of their number: that would exceed the test's time.
TEST_F(Socketio2, MayHaveManyParameters) {
  constexpr int count = 100'000;
  std::string packet = "0/chat?";
  for (int i = 0; i < count; ++i) packet += "&p" + std::to_string(i);
  const auto client = open();
  send(client, packet);
  ASSERT_EQ(sockets.size(), 2U);
  EXPECT_EQ(sockets[1].handshake().auth().size(), count);
}

TEST_F(Socketio2, MaySayTheQueryAgain) {
  const auto client = open();
  send(client, "0/chat?token=1,");
  take(client);
  send(client, R"(2/chat?token=1,7["echo",1])");
  send(client, R"(2/chat,8["echo",2])");
  EXPECT_THAT(take(client), ElementsAre("43/chat,7[1]", "43/chat,8[2]"));
}

TEST_F(Socketio2, IsRefusedWhereThereIsNoNamespace) {
  const auto client = open();
  take(client);
  send(client, "0/unknown?token=1,");
  EXPECT_THAT(take(client), ElementsAre(R"(44/unknown,{"message":"Invalid namespace"})"));
  EXPECT_FALSE(client->closed_with);
}

TEST_F(Socketio2, LetsFunctionsDecideByTheQuery) {
  core_->of([](std::string_view name, const json& auth) {
    return name == "/dynamic" && auth.value("token", "") == "right";
  });
  const auto client = open();
  take(client);
  send(client, "0/dynamic?token=wrong,");
  send(client, "0/dynamic?token=right,");
  EXPECT_THAT(take(client),
              ElementsAre(R"(44/dynamic,{"message":"Invalid namespace"})", "40/dynamic,"));
}

TEST_F(Socketio2, IsDisconnectedWhenItJoinsTwice) {
  const auto client = open();
  send(client, "0");
  EXPECT_TRUE(client->closed_with);
  EXPECT_THAT(lines, ElementsAre("/ left: forced close"));
}

TEST_F(Socketio2, MayJoinTheMainNamespaceAgain) {
  const auto client = open();
  send(client, "1");
  send(client, "0");
  EXPECT_THAT(take(client), ElementsAre("40", "40"));
  ASSERT_EQ(sockets.size(), 2U);
  EXPECT_EQ(sockets[0].id(), sockets[1].id());
  EXPECT_FALSE(sockets[0].connected());
  EXPECT_TRUE(sockets[1].connected());
  EXPECT_EQ(core_->of("/").sockets_count(), 1U);
}

TEST_F(Socketio2, HasJoinedInTime) {
  options.connect_timeout = 10ms;
  start_core();
  const auto client = open();
  const auto other = open("4");
  ASSERT_TRUE(run_until([&] { return other->closed_with.has_value(); })) << "it has not joined";
  EXPECT_FALSE(client->closed_with);
  // Nor if it has left the main namespace for another one.
  send(client, "0/chat,");
  send(client, "1");
  const auto third = open("4");
  ASSERT_TRUE(run_until([&] { return third->closed_with.has_value(); }));
  EXPECT_FALSE(client->closed_with);
}

TEST_F(Socketio2, IsInNoNamespaceIfTheMainOneDoesNotExist) {
  core_.reset();
  core_.emplace(*engine_, options);
  const auto client = open();
  EXPECT_THAT(take(client), ElementsAre(R"(44{"message":"Invalid namespace"})"));
}

// --- Middlewares

TEST_F(Socketio2, GetsWhatAMiddlewareRefusesItWith) {
  const std::vector<std::pair<connect_error, std::string>> cases = {
      {{"no entry"}, R"("no entry")"},
      {{"no entry", json{{"code", 7}}}, R"({"code":7})"},
      {{"no entry", "details"}, R"("details")"},
      {{"no entry", json::array()}, "[]"},
      {{"no entry", true}, "true"},
      {{"no entry", -1}, "-1"},
      {{"no entry", json::binary({1, 2})}, R"({"type":"Buffer","data":[1,2]})"},
      // What JavaScript does not take for true is no detail.
      {{"no entry", nullptr}, R"("no entry")"},
      {{"no entry", false}, R"("no entry")"},
      {{"no entry", 0}, R"("no entry")"},
      {{"no entry", 0.0}, R"("no entry")"},
      {{"no entry", ""}, R"("no entry")"},
      {{""}, R"("")"},
  };
  std::optional<connect_error> error;
  core_->of("/closed").use([&](const socket&, const next& decide) { decide(*error); });
  for (const auto& [refused, expected] : cases) {
    error = refused;
    const auto client = open();
    send(client, "0/closed?a=1,");
    EXPECT_THAT(take(client), ElementsAre("40", "44/closed," + expected));
    EXPECT_FALSE(client->closed_with);
  }
}

TEST_F(Socketio2, MayBeRefusedInTheMainNamespaceAndJoinAnother) {
  core_->of("/").use([](const socket&, const next& decide) { decide("not here"); });
  const auto client = open();
  send(client, "0/chat,");
  EXPECT_THAT(take(client), ElementsAre(R"(44"not here")", "40/chat,"));
}

TEST_F(Socketio2, IsRefusedByAMiddlewareThatThrows) {
  core_->of("/").use([](const socket&, const next&) { throw std::runtime_error("no database"); });
  EXPECT_THAT(take(open()), ElementsAre(R"(44"Internal server error")"));
}

TEST_F(Socketio2, WaitsForAMiddlewareThatDecidesLater) {
  core_->of("/").use([this](const socket&, const next& decide) { next_ = decide; });
  const auto client = open();
  EXPECT_THAT(take(client), IsEmpty());
  run([&] { (*next_)(); });
  EXPECT_THAT(take(client), ElementsAre("40"));
}

TEST_F(Socketio2, GoesWhileAMiddlewareDecides) {
  core_->of("/").use([this](const socket&, const next& decide) { next_ = decide; });
  const auto client = open();
  run([&] { client->disconnect(websocket::close_code::normal); });
  run([&] { (*next_)("too late"); });
  EXPECT_THAT(sockets, IsEmpty());
}

// --- Messages

TEST_F(Socketio2, SendsAndReceivesBytes) {
  const auto client = open();
  take(client);
  send(client, R"(51-3["echo",{"_placeholder":true,"num":0}])");
  receive(client, "\x04\x01\x02", true);
  EXPECT_THAT(take(client),
              ElementsAre(R"(461-3[{"_placeholder":true,"num":0}])", "binary:\x04\x01\x02"));
  std::vector<int> answers;
  run([&] {
    sockets[0].emit("question", json::binary({3}), [&](int value) { answers.push_back(value); });
  });
  EXPECT_THAT(take(client),
              ElementsAre(R"(451-0["question",{"_placeholder":true,"num":0}])", "binary:\x04\x03"));
  send(client, "30[5]");
  EXPECT_THAT(answers, ElementsAre(5));
}

TEST_F(Socketio2, SharesBroadcastsWithItsKindAndTextWithAll) {
  const auto one = open();
  const auto two = open();
  const auto other = open("4");
  send(other, "0");
  const std::vector clients = {one, two, other};
  const auto expect_shared = [&] {
    for (const auto& client : clients) ASSERT_EQ(client->shared.size(), 2U);
    EXPECT_EQ(one->shared[0], other->shared[0]) << "the text of all";
    EXPECT_EQ(one->shared[1], two->shared[1]) << "the bytes of its kind";
    EXPECT_EQ(one->shared[1]->payload(), "\x04\x09");
    EXPECT_EQ(other->shared[1]->payload(), "\x09");
  };
  for (const auto& client : clients) client->shared.clear();
  run([&] { core_->of("/").emit("news", json::binary({9})); });
  expect_shared();
  // Prepared events, too.
  for (const auto& client : clients) client->shared.clear();
  const prepared_event prepared("news", json::binary({9}));
  run([&] {
    for (const auto& socket : sockets) socket.emit(prepared);
  });
  expect_shared();
}

TEST_F(Socketio2, IsNamedByItsIdLikeOthers) {
  const auto client = open();
  const auto other = open("4");
  send(other, "0");
  take(client);
  take(other);
  run([&] { core_->of("/").to(sockets[0].id()).emit("direct"); });
  EXPECT_THAT(take(client), ElementsAre(R"(42["direct"])"));
  EXPECT_THAT(take(other), IsEmpty());
  EXPECT_TRUE(core_->of("/").find_socket(sockets[0].id()));
}

// --- Leaving

TEST_F(Socketio2, LeavesOneNamespaceOrAll) {
  const auto client = open();
  send(client, "0/chat,");
  take(client);
  run([&] { sockets[1].disconnect(); });
  EXPECT_THAT(take(client), ElementsAre("41/chat,"));
  send(client, "0/chat,");
  take(client);
  run([&] { sockets[0].disconnect(true); });
  EXPECT_THAT(take(client), ElementsAre("41", "41/chat,"));
  EXPECT_TRUE(client->closed_with);
  EXPECT_THAT(lines, ElementsAre("/chat left: server namespace disconnect",
                                 "/ left: server namespace disconnect",
                                 "/chat left: server namespace disconnect"));
}

TEST_F(Socketio2, IsDisconnectedWhenItBreaksTheProtocol) {
  for (const auto* packet : {"9", R"(2/chat,["echo"])", R"(4"error")", R"(2["connect"])",
                             R"(50-["echo"])", "1/unknown?x=1"}) {
    const auto client = open();
    send(client, packet);
    EXPECT_TRUE(client->closed_with) << packet;
  }
}

}  // namespace
}  // namespace socketio
