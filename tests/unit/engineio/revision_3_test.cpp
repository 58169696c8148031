// Clients of revision 3 of the protocol, byte by byte as the reference answers them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include <socketio/engineio/message.hpp>
#include <socketio/protocol/engineio_codec.hpp>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using fakes::make_request;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Revision3 : public fakes::engine_test {
 protected:
  Revision3() { settings_.allow_eio3 = true; }

  // Opens a session with a query, and stores its id.
  void open(std::string query = "EIO=3&transport=polling") {
    query_ = std::move(query);
    const auto opened = get(query_)->body();
    ASSERT_FALSE(sockets_.empty()) << opened;
    sid_ = sockets_.back().id();
    opened_ = opened;
  }
  std::shared_ptr<fakes::websocket_client> open_socket(const std::string& query) {
    auto client = request(fakes::make_upgrade_request(query))->connection;
    if (!client) {
      ADD_FAILURE() << "no WebSocket";
      return std::make_shared<fakes::websocket_client>();
    }
    client->sent.clear();
    return client;
  }
  std::shared_ptr<fakes::websocket_client> begin_upgrade(std::string_view more = {}) {
    return open_socket("EIO=3&transport=websocket" + std::string(more) + "&sid=" + sid_);
  }
  answer_ptr poll() { return get(query_ + "&sid=" + sid_); }
  answer_ptr post(std::string_view payload, std::string_view content_type = "text/plain") {
    auto posted = make_request("POST", query_ + "&sid=" + sid_, std::string(payload));
    posted.headers.append("Content-Type", std::string(content_type));
    return request(std::move(posted));
  }
  void send_all(std::string_view text, std::string_view bytes) {
    run([&] {
      sockets_.back().send(text);
      sockets_.back().send(std::as_bytes(std::span(bytes)));
    });
  }
  static std::string content_type(const answer_ptr& answer) {
    return std::string(answer->response->headers["Content-Type"]);
  }

  std::string query_;
  std::string opened_;
};

constexpr auto octets = "application/octet-stream"sv;

// --- Which revision

TEST_F(Revision3, IsRefusedUnlessItIsAllowed) {
  settings_.allow_eio3 = false;
  for (const auto* revision : {"EIO=3&", "EIO=&", "", "EIO=abc&"}) {
    const auto refused = get(revision + "transport=polling"s);
    EXPECT_EQ(refused->status(), 400U);
    EXPECT_EQ(refused->body(), R"({"code":5,"message":"Unsupported protocol version"})");
  }
  const auto refused = request(fakes::make_upgrade_request("EIO=3&transport=websocket"));
  EXPECT_EQ(refused->status(), 400U);
  EXPECT_EQ(refused->body(), "Unsupported protocol version");
  EXPECT_THAT(events_, ElementsAre());
}

TEST_F(Revision3, IsThatOfWhoeverDoesNotNameRevision4) {
  for (const auto* revision : {"EIO=3&", "EIO=&", "", "EIO=abc&", "EIO=5&", "EIO=04&"}) {
    open(revision + "transport=polling"s);
    EXPECT_EQ(sockets_.back().target()->codec().revision(), "3") << revision;
  }
  engine_test::open_polling();
  EXPECT_EQ(sockets_.back().target()->codec().revision(), "4");
}

TEST_F(Revision3, IsNotMixedWithRevision4) {
  std::vector<std::string> refusals;
  settings_.on_connection_error = [&](const http_request&, const connection_error& error) {
    refusals.push_back(error.context + " " + error.details.at("protocol") + " " +
                       error.details.at("previous_protocol"));
  };
  constexpr auto bad_request = R"({"code":3,"message":"Bad request"})";
  open();
  EXPECT_EQ(get("EIO=4&transport=polling&sid=" + sid_)->body(), bad_request);
  const auto upgrade =
      request(fakes::make_upgrade_request("EIO=4&transport=websocket&sid=" + sid_));
  EXPECT_EQ(upgrade->status(), 400U);
  EXPECT_TRUE(get("transport=polling&sid=" + sid_)->pending()) << "revision 3 without its name";
  engine_test::open_polling();
  EXPECT_EQ(get("EIO=3&transport=polling&sid=" + sid_)->body(), bad_request);
  EXPECT_EQ(get("transport=polling&sid=" + sid_)->body(), bad_request);
  EXPECT_THAT(refusals, ElementsAre("PROTOCOL_MISMATCH 4 3", "PROTOCOL_MISMATCH 4 3",
                                    "PROTOCOL_MISMATCH 3 4", "PROTOCOL_MISMATCH  4"));
}

// --- Polling

TEST_F(Revision3, OpensASession) {
  settings_.ping_interval = 25s;
  open();
  const auto packet = R"(0{"sid":")" + sid_ +
                      R"(","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,)"
                      R"("maxPayload":1000000})";
  EXPECT_EQ(opened_, std::to_string(packet.size()) + ":" + packet);
  EXPECT_EQ(opened_.substr(0, 4), "118:");
}

TEST_F(Revision3, SendsTheInitialPacketWithTheOpenPacket) {
  settings_.initial_packet = "h\xC3\xA9"s;
  open();
  EXPECT_TRUE(opened_.ends_with("}3:4h\xC3\xA9")) << opened_;
}

TEST_F(Revision3, CarriesText) {
  open();
  EXPECT_EQ(post("6:4hello3:4\xF0\x9F\x98\x80")->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text hello", "text \xF0\x9F\x98\x80"));
  const auto held = poll();
  send("h\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(held->body(), "5:4h\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(content_type(held), "text/plain; charset=UTF-8");
}

TEST_F(Revision3, CarriesBytesInBinaryPayloads) {
  open();
  send_all("a", "\x01\x02\x03");
  const auto polled = poll();
  EXPECT_EQ(polled->body(),
            "\x00\x02\xFF"
            "4a\x01\x04\xFF\x04\x01\x02\x03"sv);
  EXPECT_EQ(content_type(polled), octets);
  EXPECT_EQ(post("\x00\x06\xFF"
                 "4hello\x01\x03\xFF\x04\x00\xFF"sv,
                 octets)
                ->body(),
            "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text hello", "binary \x00\xFF"s));
}

TEST_F(Revision3, CarriesBytesAsBase64IfTheClientAsksForIt) {
  open("EIO=3&transport=polling&b64=1");
  send_all("hello", "\x01\x02\x03\x04");
  run([&] { sockets_.back().target()->send(encoded_message::binary("\x01")); });
  const auto polled = poll();
  EXPECT_EQ(polled->body(), "6:4hello10:b4AQIDBA==6:b4AQ==");
  EXPECT_EQ(content_type(polled), "text/plain; charset=UTF-8");
  EXPECT_EQ(post("6:b4AAE=")->body(), "ok");
  EXPECT_EQ(post("\x01\x02\xFF\x04\x01"sv, octets)->body(), "ok") << "it may send bytes";
  EXPECT_THAT(events_, ElementsAre("open", "binary \x00\x01"s, "binary \x01"));
}

TEST_F(Revision3, EndsWithAnInvalidPayload) {
  for (const auto payload : {"abc"sv, ""sv, "6:4hell"sv, "1:9"sv, "4hello"sv}) {
    open();
    events_.clear();
    EXPECT_EQ(post(payload)->status(), 400U) << payload;
    EXPECT_THAT(events_, ElementsAre("close parse error|")) << payload;
  }
  open();
  events_.clear();
  EXPECT_EQ(post("\x00\x09\xFF\x34"sv, octets)->status(), 400U);
  EXPECT_THAT(events_, ElementsAre("close parse error|"));
}

TEST_F(Revision3, ReceivesThePacketsBeforeAnInvalidOne) {
  open();
  EXPECT_EQ(post("2:4a0:x:4b")->status(), 400U);
  EXPECT_THAT(events_, ElementsAre("open", "text a", "close parse error|"));
}

TEST_F(Revision3, ClosesOverPolling) {
  open();
  const auto held = poll();
  EXPECT_EQ(post("1:1")->body(), "ok");
  EXPECT_EQ(held->body(), "1:6");
  EXPECT_EQ(events_.back(), "close transport close|");
  open();
  const auto pending = poll();
  close();
  EXPECT_EQ(pending->body(), "1:1");
  open();
  close();
  EXPECT_EQ(poll()->body(), "1:61:1");
}

TEST_F(Revision3, EndsAPollThatAnotherOneOverlaps) {
  open();
  const auto held = poll();
  EXPECT_EQ(poll()->status(), 400U);
  EXPECT_EQ(held->body(), "1:1");
}

// --- JSONP

TEST_F(Revision3, PollsByScripts) {
  open("EIO=3&transport=polling&j=7");
  EXPECT_THAT(opened_, AllOf(StartsWith(R"(___eio[7]("118:0{\"sid\":\")"), HasSubstr("}\");")));
  EXPECT_EQ(
      post("d=" + percent_encode("6:4hello3:4\\na6:b4AQID"), "application/x-www-form-urlencoded")
          ->body(),
      "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text hello", "text \na", "binary \x01\x02\x03"));
  send_all("\xE2\x80\xA8", "\x01");
  const auto polled = poll();
  EXPECT_EQ(polled->body(), R"(___eio[7]("2:4\u20286:b4AQ==");)");
  EXPECT_EQ(content_type(polled), "text/plain; charset=UTF-8");
  EXPECT_EQ(post("\x01\x02\xFF\x04\x01"sv, octets)->status(), 400U) << "a form is no bytes";
}

// --- WebSocket

TEST_F(Revision3, CarriesMessagesOverWebSocket) {
  const auto client = open_socket("EIO=3&transport=websocket");
  receive(client, "4hello");
  receive(client, "\x04\x01\x02"sv, true);
  receive(client, "b4AQI=");
  EXPECT_THAT(events_, ElementsAre("open", "text hello", "binary \x01\x02", "binary \x01\x02"));
  send_all("a", "\x01\x02");
  run([&] {
    sockets_[0].target()->send(encoded_message::text("shared"));
    sockets_[0].target()->send(encoded_message::binary("\x03"));
    sockets_[0].target()->send_text("head ", "and rest");
    sockets_[0].target()->send_binary(shared_bytes(std::string(5'000, 'x')));
  });
  EXPECT_THAT(client->sent, ElementsAre("4a", "binary:\x04\x01\x02", "4shared", "binary:\x04\x03",
                                        "4head and rest", "binary:\x04" + std::string(5'000, 'x')));
}

TEST_F(Revision3, SendsBase64OverWebSocketIfTheClientAsksForIt) {
  for (const auto& [query, mark] : {std::pair("EIO=3&transport=websocket&b64=1", "b4"),
                                    std::pair("EIO=4&transport=websocket&b64=1", "b")}) {
    const auto client = open_socket(query);
    send_all("a", "\x01\x02\x03");
    run([&] {
      sockets_.back().target()->send(encoded_message::text("shared"));
      sockets_.back().target()->send(encoded_message::binary("\x01\x02"));
      sockets_.back().target()->send_binary(shared_bytes(std::string("\x01")));
    });
    EXPECT_THAT(client->sent,
                ElementsAre("4a", mark + "AQID"s, "4shared", mark + "AQI="s, mark + "AQ=="s));
    events_.clear();
    receive(client, query[4] == '3' ? "\x04\x09"sv : "\x09"sv, true);
    EXPECT_THAT(events_, ElementsAre("binary \x09")) << "it may send bytes";
  }
}

TEST_F(Revision3, SharesFramesWithItsKind) {
  const auto one = open_socket("EIO=3&transport=websocket");
  const auto two = open_socket("EIO=3&transport=websocket");
  const auto other = open_socket("EIO=4&transport=websocket");
  const auto text = encoded_message::text("text");
  const auto bytes = encoded_message::binary("bytes");
  run([&] {
    for (const auto& socket : sockets_) {
      socket.target()->send(text);
      socket.target()->send(bytes);
    }
  });
  ASSERT_EQ(one->shared.size(), 2U);
  EXPECT_EQ(one->shared[0], text);
  EXPECT_EQ(one->shared[1]->frame(),
            "\x82\x06\x04"
            "bytes"sv);
  EXPECT_EQ(two->shared, one->shared) << "encoded once";
  EXPECT_THAT(other->shared, ElementsAre(text, bytes));
}

TEST_F(Revision3, EndsWithAnInvalidFrame) {
  for (const auto& [frame, binary] :
       {std::pair(""sv, false), std::pair("7"sv, false), std::pair("b"sv, false),
        std::pair("\x02"sv, true), std::pair("4hello"sv, true), std::pair(""sv, true)}) {
    const auto client = open_socket("EIO=3&transport=websocket");
    receive(client, frame, binary);
    EXPECT_EQ(client->closed_with, websocket::close_code::no_status) << frame;
    EXPECT_EQ(events_.back(), "close parse error|") << frame;
  }
}

// Programs that wait for the connection first miss an open packet that arrives with it.
TEST_F(Revision3, OpensAWebSocketAMomentAfterItsHandshake) {
  EXPECT_GT(open_socket("EIO=3&transport=websocket")->settings.quiet_time, 0ms);
  EXPECT_EQ(open_socket("EIO=4&transport=websocket")->settings.quiet_time, 0ms);
  open();
  EXPECT_EQ(begin_upgrade()->settings.quiet_time, 0ms);
}

TEST_F(Revision3, Upgrades) {
  open();
  const auto client = begin_upgrade();
  const auto held = poll();
  receive(client, "2probe");
  EXPECT_THAT(client->sent, ElementsAre("3probe"));
  EXPECT_EQ(held->body(), "1:6");
  send_all("text", "bytes");
  receive(client, "5");
  EXPECT_THAT(client->sent, ElementsAre("3probe", "4text",
                                        "binary:\x04"
                                        "bytes"));
  EXPECT_EQ(events_.back(), "upgrade");
  receive(client, "4in");
  EXPECT_EQ(events_.back(), "text in");
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Revision3, MayAskForBase64OnTheNextTransportAlone) {
  open();
  const auto client = begin_upgrade("&b64=1");
  receive(client, "5");
  send_all("text", "\x01");
  EXPECT_THAT(client->sent, ElementsAre("4text", "b4AQ=="));
}

// --- The heartbeat

TEST_F(Revision3, AnswersPings) {
  open();
  EXPECT_EQ(post("1:2")->body(), "ok");
  EXPECT_EQ(poll()->body(), "1:3");
  EXPECT_EQ(post("5:2data")->body(), "ok");
  EXPECT_EQ(poll()->body(), "1:3") << "without its data";
  const auto client = open_socket("EIO=3&transport=websocket");
  receive(client, "2");
  receive(client, "2probe");
  EXPECT_THAT(client->sent, ElementsAre("3", "3"));
}

TEST_F(Revision3, EndsWithAPong) {
  open();
  EXPECT_EQ(post("1:3")->body(), "ok");
  EXPECT_EQ(events_.back(), "close transport error|invalid heartbeat direction");
}

TEST_F(Revision3, EndsIfTheClientDoesNotPing) {
  settings_.ping_interval = 30ms;
  settings_.ping_timeout = 20ms;
  const auto client = open_socket("EIO=3&transport=websocket");
  const auto begun = std::chrono::steady_clock::now();
  receive(client, "4other packets do not count");
  ASSERT_TRUE(run_until([&] { return events_.size() > 2; }));
  EXPECT_EQ(events_.back(), "close ping timeout|");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 50ms) << "the sum of the two";
  EXPECT_THAT(client->sent, ElementsAre()) << "the server has sent no ping";
}

TEST_F(Revision3, LivesAsLongAsTheClientPings) {
  settings_.ping_interval = 200ms;
  settings_.ping_timeout = 200ms;
  const auto client = open_socket("EIO=3&transport=websocket");
  for (int pings = 0; pings < 4; ++pings) {
    const auto next = std::chrono::steady_clock::now() + 150ms;
    ASSERT_TRUE(run_until([&] { return std::chrono::steady_clock::now() > next; }));
    receive(client, "2");
  }
  EXPECT_THAT(events_, ElementsAre("open"));
  EXPECT_THAT(client->sent, ElementsAre("3", "3", "3", "3"));
}

// --- While the server does not read

class PausedRevision3 : public Revision3 {
 protected:
  void pause() {
    run([&] { sockets_[0].target()->pause(); });
  }
  void resume() {
    run([&] { sockets_[0].target()->resume(); });
  }
};

// The official clients take any packet for a sign of life, but send their next ping when a pong has
// come, so that a pong would have to be the answer to a ping.
TEST_F(PausedRevision3, HearsFromTheServerInTimeWithoutAPong) {
  settings_.ping_interval = 1h;
  settings_.ping_timeout = 1s;
  const auto client = open_socket("EIO=3&transport=websocket");
  pause();
  // Whenever the client pings: it waits for the time-out.
  for (int times = 0; times < 2; ++times) {
    const auto pinged = std::chrono::steady_clock::now();
    client->sent.clear();
    ASSERT_TRUE(run_until([&] { return !client->sent.empty(); }));
    EXPECT_LT(std::chrono::steady_clock::now() - pinged, settings_.ping_timeout);
    EXPECT_THAT(client->sent, Each("6"));
  }
  client->sent.clear();
  resume();
  receive(client, "2");
  EXPECT_THAT(client->sent, ElementsAre("3")) << "each ping gets one pong";
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(PausedRevision3, DoesNotTimeOut) {
  settings_.ping_interval = 10ms;
  settings_.ping_timeout = 10ms;
  const auto client = open_socket("EIO=3&transport=websocket");
  pause();
  ASSERT_TRUE(run_until([&] { return client->sent.size() >= 8; }));
  EXPECT_THAT(events_, ElementsAre("open"));
  resume();
  ASSERT_TRUE(run_until([&] { return events_.size() > 1; }));
  EXPECT_EQ(events_.back(), "close ping timeout|") << "when it is read again";
  EXPECT_THAT(client->sent, Each("6"));
}

// Its ping may still lie behind what it sent before.
TEST_F(PausedRevision3, HasTheWholeTimeWhenItGoesOn) {
  settings_.ping_interval = 60ms;
  settings_.ping_timeout = 20ms;
  const auto client = open_socket("EIO=3&transport=websocket");
  pause();
  ASSERT_TRUE(run_until([&] { return !client->sent.empty(); }));
  const auto gone_on = std::chrono::steady_clock::now();
  resume();
  ASSERT_TRUE(run_until([&] { return events_.size() > 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - gone_on, 80ms);
}

// As when an application is slower than the client for long.
TEST_F(PausedRevision3, HearsFromTheServerAlthoughReadingGoesOnNowAndThen) {
  settings_.ping_interval = 1h;
  settings_.ping_timeout = 1s;
  const auto client = open_socket("EIO=3&transport=websocket");
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([&] {
    sockets_[0].target()->pause();
    sockets_[0].target()->resume();
    return client->sent.size() >= 2;
  }));
  EXPECT_THAT(client->sent, Each("6"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s) << "one before each time-out";
}

TEST_F(PausedRevision3, IsAnsweredWhatHasArrivedBefore) {
  settings_.ping_interval = 1h;
  settings_.ping_timeout = 20ms;
  const auto client = open_socket("EIO=3&transport=websocket");
  pause();
  receive(client, "2");
  EXPECT_THAT(client->sent, ElementsAre("3"));
  ASSERT_TRUE(run_until([&] { return client->sent.size() > 1; }));
  EXPECT_EQ(client->sent[1], "6") << "and hears from the server all the same";
}

TEST_F(PausedRevision3, KeepsAPostThatAPollHearsOf) {
  settings_.ping_timeout = 20ms;
  open();
  pause();
  const auto posted = post("2:4a1:2");
  const auto held = poll();
  ASSERT_TRUE(run_until([&] { return !held->pending(); }));
  EXPECT_EQ(held->body(), "1:6");
  EXPECT_TRUE(posted->pending());
  const auto next = poll();
  resume();
  EXPECT_EQ(posted->body(), "ok");
  EXPECT_EQ(next->body(), "1:3");
  EXPECT_EQ(events_.back(), "text a");
}

TEST_F(PausedRevision3, UpgradesMeanwhile) {
  settings_.ping_interval = 1h;
  settings_.ping_timeout = 20ms;
  open();
  pause();
  const auto client = begin_upgrade();
  receive(client, "2probe");
  receive(client, "5");
  EXPECT_TRUE(client->paused);
  ASSERT_TRUE(run_until([&] { return client->sent.size() > 1; }));
  EXPECT_EQ(client->sent[1], "6");
}

}  // namespace
}  // namespace socketio::engineio
