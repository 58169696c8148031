#include <socketio/engineio/session.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string payload(std::initializer_list<std::string_view> packets) {
  std::string joined;
  for (const auto packet : packets) {
    if (!joined.empty()) joined.push_back('\x1e');
    joined.append(packet);
  }
  return joined;
}

class Session : public fakes::engine_test {
 protected:
  // Expires after all timers of the session that are due earlier.
  class reference_timer final {
   public:
    void start(shard& home, std::chrono::milliseconds after) { timer_.start(home.timers(), after); }
    [[nodiscard]] bool expired() const { return expired_; }

   private:
    void expire() { expired_ = true; }

    bool expired_ = false;
    member_timer<reference_timer, &reference_timer::expire> timer_{*this};
  };
};

// --- Opening

TEST_F(Session, SendsTheOpenPacketToAPoll) {
  settings_.ping_interval = 300ms;
  settings_.ping_timeout = 200ms;
  settings_.max_payload = 123;
  const auto opened = get("EIO=4&transport=polling");
  ASSERT_EQ(sockets_.size(), 1U);
  EXPECT_EQ(opened->status(), 200U);
  EXPECT_EQ(opened->body(), "0{\"sid\":\"" + sockets_[0].id() +
                                R"(","upgrades":["websocket"],"pingInterval":300,)"
                                R"("pingTimeout":200,"maxPayload":123})");
  EXPECT_EQ(opened->response->headers["Content-Type"], "text/plain; charset=UTF-8");
  EXPECT_EQ(opened->response->headers["Cache-Control"], "no-store");
  EXPECT_EQ(sockets_[0].id().size(), 20U);
  EXPECT_EQ(sockets_[0].transport(), "polling");
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Session, SendsTheOpenPacketOnAWebSocket) {
  settings_.max_payload = 123;
  settings_.max_send_queue = 456;
  const auto opened = request(fakes::make_upgrade_request("EIO=4&transport=websocket"));
  ASSERT_EQ(opened->status(), 101U);
  EXPECT_EQ(opened->response->headers["Sec-WebSocket-Accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(opened->connection->settings.max_message_size, 123U);
  EXPECT_EQ(opened->connection->settings.max_send_queue, 456U);
  EXPECT_THAT(opened->connection->sent,
              ElementsAre("0{\"sid\":\"" + sockets_[0].id() +
                          R"(","upgrades":[],"pingInterval":25000,"pingTimeout":20000,)"
                          R"("maxPayload":123})"));
  EXPECT_EQ(sockets_[0].transport(), "websocket");
}

TEST_F(Session, OffersNoUpgradeIfUpgradesAreOff) {
  settings_.allow_upgrades = false;
  EXPECT_THAT(get("EIO=4&transport=polling")->body(), ::testing::HasSubstr("\"upgrades\":[]"));
}

TEST_F(Session, OffersNoUpgradeWithoutWebSocket) {
  settings_.websocket = false;
  EXPECT_THAT(get("EIO=4&transport=polling")->body(), ::testing::HasSubstr("\"upgrades\":[]"));
}

TEST_F(Session, SendsTheInitialPacket) {
  settings_.initial_packet = "welcome";
  const auto polling = get("EIO=4&transport=polling");
  EXPECT_THAT(polling->body(), ::testing::EndsWith("}\x1e"
                                                   "4welcome"));
  const auto client = request(fakes::make_upgrade_request("EIO=4&transport=websocket"))->connection;
  ASSERT_EQ(client->sent.size(), 2U);
  EXPECT_EQ(client->sent[1], "4welcome");
}

TEST_F(Session, SendsABinaryInitialPacket) {
  settings_.initial_packet = std::vector{std::byte{1}, std::byte{0xFF}};
  const auto polling = get("EIO=4&transport=polling");
  EXPECT_THAT(polling->body(), ::testing::EndsWith("}\x1e"
                                                   "bAf8="));
  const auto client = request(fakes::make_upgrade_request("EIO=4&transport=websocket"))->connection;
  ASSERT_EQ(client->sent.size(), 2U);
  EXPECT_EQ(client->sent[1], "binary:\x01\xFF");
}

TEST_F(Session, KeepsTheRequestThatOpenedIt) {
  open_polling();
  EXPECT_EQ(sockets_[0].request().target, "/engine.io/?EIO=4&transport=polling");
  EXPECT_EQ(sockets_[0].request().headers["Host"], "localhost");
}

// --- Polling, out

TEST_F(Session, HoldsAPollUntilThereIsAMessage) {
  open_polling();
  const auto held = poll();
  EXPECT_TRUE(held->pending());
  send("hello");
  EXPECT_EQ(held->status(), 200U);
  EXPECT_EQ(held->body(), "4hello");
  EXPECT_EQ(held->response->headers["Content-Type"], "text/plain; charset=UTF-8");
  EXPECT_EQ(held->response->headers["Cache-Control"], "no-store");
}

TEST_F(Session, AnswersAPollAtOnceIfMessagesWait) {
  open_polling();
  send("one");
  send("two");
  EXPECT_EQ(poll()->body(),
            "4one\x1e"
            "4two");
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Session, SpreadsALongQueueOverPolls) {
  constexpr std::size_t about_most = std::size_t{256} * 1024;
  open_polling();
  const auto& target = *sockets_[0].target();
  const std::string filler(1000, 'x');
  constexpr int messages = 1000;
  for (int i = 0; i < messages; ++i) send(std::to_string(i) + filler);
  std::string received;
  std::size_t polls = 0;
  for (std::size_t left = target.buffered(); left > 0; ++polls) {
    const auto body = poll()->body();
    EXPECT_LT(body.size(), about_most);
    EXPECT_LT(target.buffered(), left);
    left = target.buffered();
    EXPECT_EQ(shards_[0]->read_statistics().queue_bytes, left);
    received.append(received.empty() ? "" : "\x1e").append(body);
  }
  EXPECT_EQ(polls, 4U);
  std::string expected;
  for (int i = 0; i < messages; ++i) {
    expected.append(i == 0 ? "4" : "\x1e\x34").append(std::to_string(i)).append(filler);
  }
  EXPECT_TRUE(received == expected);
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Session, SendsAnyMessageInOneResponse) {
  open_polling();
  const std::string large(1'000'000, 'x');
  send(large);
  send("after");
  EXPECT_EQ(poll()->body().size(), 1 + large.size());
  EXPECT_EQ(poll()->body(), "4after");
}

TEST_F(Session, SendsALongQueueBeforeTheNoticeOfClosing) {
  open_polling();
  const std::string large(300'000, 'x');
  for (int i = 0; i < 3; ++i) send(large);
  run([&] { sockets_[0].close(); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(poll()->body().size(), 1 + large.size());
  EXPECT_EQ(poll()->body(), "6\x1e\x31");
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, CollectsTheMessagesOfOneTurn) {
  open_polling();
  const auto held = poll();
  run([&] {
    sockets_[0].send("one");
    const auto bytes = std::as_bytes(std::span("\x01\x02\x03\x04").first(4));
    sockets_[0].send(bytes);
    sockets_[0].target()->send(encoded_message::text("shared"));
    sockets_[0].target()->send(encoded_message::binary("\xFF"));
    EXPECT_TRUE(held->pending());
  });
  EXPECT_EQ(held->body(), payload({"4one", "bAQIDBA==", "4shared", "b/w=="}));
}

TEST_F(Session, IsWritableWhilePollingIsFree) {
  open_polling();
  const auto& target = *sockets_[0].target();
  EXPECT_FALSE(target.writable());
  const auto held = poll();
  EXPECT_TRUE(target.writable());
  run([&] {
    sockets_[0].send("x");
    EXPECT_FALSE(target.writable());
  });
  EXPECT_FALSE(held->pending());
  EXPECT_FALSE(target.writable());
}

TEST_F(Session, CompressesLargeResponses) {
  settings_.http_compression_threshold = 100;
  open_polling();
  const auto poll_with = [&](std::string_view accepted) {
    auto sent = fakes::make_request("GET", session_query());
    sent.headers.append("Accept-Encoding", accepted);
    return request(std::move(sent));
  };
  const auto large = std::string(99, 'x');
  send(large);
  const auto compressed = poll_with("gzip");
  EXPECT_EQ(compressed->response->headers["Content-Encoding"], "gzip");
  EXPECT_LT(compressed->body().size(), 100U);
  send(large);
  EXPECT_EQ(poll_with("deflate")->response->headers["Content-Encoding"], "deflate");
  send(large);
  EXPECT_EQ(poll_with("br")->body(), "4" + large);
  send(large.substr(1));
  const auto small = poll_with("gzip");
  EXPECT_EQ(small->body(), "4" + large.substr(1));
  EXPECT_FALSE(small->response->headers.find("Content-Encoding"));
}

TEST_F(Session, CompressesNoResponseWhoseMessagesMayNotBe) {
  settings_.http_compression_threshold = 100;
  open_polling();
  const auto poll_with_gzip = [&] {
    auto sent = fakes::make_request("GET", session_query());
    sent.headers.append("Accept-Encoding", "gzip");
    return request(std::move(sent));
  };
  const auto large = std::string(200, 'x');
  run([&] { sockets_[0].target()->send(encoded_message::text(large, false)); });
  EXPECT_EQ(poll_with_gzip()->body(), "4" + large);
  run([&] {
    sockets_[0].target()->send(encoded_message::text(large, false));
    sockets_[0].target()->send(encoded_message::text(large));
  });
  EXPECT_EQ(poll_with_gzip()->response->headers["Content-Encoding"], "gzip");
}

TEST_F(Session, CompressesNothingWithoutAThreshold) {
  settings_.http_compression_threshold.reset();
  open_polling();
  send(std::string(5000, 'x'));
  auto sent = fakes::make_request("GET", session_query());
  sent.headers.append("Accept-Encoding", "gzip");
  EXPECT_EQ(request(std::move(sent))->body().size(), 5001U);
}

TEST_F(Session, EndsWhenTheClientDoesNotPoll) {
  settings_.max_send_queue = 1000;
  open_polling();
  // A packet counts with the memory for keeping it, not only with its bytes.
  send(std::string(400, 'x'));
  send(std::string(400, 'x'));
  EXPECT_EQ(engine_->clients_count(), 1U);
  send(std::string(200, 'x'));
  EXPECT_EQ(engine_->clients_count(), 0U);
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_THAT(events_[1], ::testing::StartsWith("close transport error|"));
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, CountsAnewAfterEachPoll) {
  settings_.max_send_queue = 1000;
  open_polling();
  const std::string message(900, 'x');
  for (int i = 0; i < 5; ++i) {
    send(message);
    EXPECT_EQ(poll()->body(), "4" + message);
  }
  EXPECT_EQ(engine_->clients_count(), 1U);
}

TEST_F(Session, EndsWithOneMessageThatIsTooLargeToQueue) {
  settings_.max_send_queue = 1000;
  open_polling();
  const auto held = poll();
  run([&] {
    sockets_[0].send(std::string(1001, 'x'));
    sockets_[0].send("after");
    EXPECT_EQ(events_.size(), 1U) << "the caller is told later";
  });
  EXPECT_EQ(held->body(), "1");
  EXPECT_THAT(events_, ElementsAre("open", ::testing::StartsWith("close transport error|")));
}

// --- Polling, in

TEST_F(Session, ReceivesAPayload) {
  open_polling();
  const auto posted = post(payload({"4hello", "4", "bAQIDBA==", "4\xE2\x82\xAC"}));
  EXPECT_EQ(posted->status(), 200U);
  EXPECT_EQ(posted->body(), "ok");
  EXPECT_EQ(posted->response->headers["Content-Type"], "text/html");
  EXPECT_EQ(posted->response->headers["Cache-Control"], "no-store");
  EXPECT_THAT(events_, ElementsAre("open", "text hello", "text ", "binary \x01\x02\x03\x04",
                                   "text \xE2\x82\xAC"));
}

TEST_F(Session, TakesMessagesOfAnyContentTypeButBinary) {
  open_polling();
  auto sent = fakes::make_request("POST", session_query(), "4a");
  sent.headers.append("Content-Type", "application/json");
  EXPECT_EQ(request(std::move(sent))->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text a"));
}

TEST_F(Session, RefusesBinaryContent) {
  open_polling();
  const auto held = poll();
  auto sent = fakes::make_request("POST", session_query(), "\x01\x02\x03");
  sent.headers.append("Content-Type", "application/octet-stream");
  const auto posted = request(std::move(sent));
  EXPECT_EQ(posted->status(), 400U);
  EXPECT_EQ(posted->body(), "");
  EXPECT_EQ(held->body(), "1");
  EXPECT_THAT(events_, ElementsAre("open", "close transport error|invalid content"));
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, StopsAtAnInvalidPacket) {
  open_polling();
  const auto posted = post(payload({"4before", "abc", "4after"}));
  EXPECT_EQ(posted->status(), 400U);
  EXPECT_THAT(events_, ElementsAre("open", "text before", "close parse error|"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, RefusesPayloadsWithoutAPacket) {
  for (const auto& body : {""s, "\x1e"s, "4a\x1e"s,
                           "4a\x1e\x1e"
                           "4b"s,
                           "7"s, "\xFF"s, "\0"s}) {
    events_.clear();
    open_polling();
    EXPECT_EQ(post(body)->status(), 400U) << ::testing::PrintToString(body);
    EXPECT_EQ(events_.back(), "close parse error|") << ::testing::PrintToString(body);
    EXPECT_EQ(poll()->status(), 400U);
  }
}

TEST_F(Session, IgnoresPacketsThatMeanNothing) {
  open_polling();
  EXPECT_EQ(post(payload({"0", "5", "6", "3", "3probe", "4a"}))->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text a"));
}

TEST_F(Session, EndsWithAPingFromTheClient) {
  open_polling();
  post(payload({"2", "4a"}));
  EXPECT_THAT(events_, ElementsAre("open", "close transport error|invalid heartbeat direction"));
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, TellsOtherMethodsWhatIsAllowed) {
  open_polling();
  for (const auto* method : {"PUT", "DELETE", "OPTIONS", "HEAD", "get"}) {
    const auto refused = request(fakes::make_request(method, session_query()));
    EXPECT_EQ(refused->status(), 405U) << method;
    EXPECT_EQ(refused->response->headers["Allow"], "GET, POST");
  }
  EXPECT_TRUE(poll()->pending());
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Session, AllowsToCloseInAMessageHandler) {
  open_polling();
  on_message_ = [&](std::string_view) { sockets_[0].close(); };
  const auto posted = post(payload({"4one", "4two"}));
  EXPECT_EQ(posted->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text one", "close forced close|"));
}

TEST_F(Session, EndsWithASecondPoll) {
  open_polling();
  const auto first = poll();
  const auto second = poll();
  EXPECT_EQ(second->status(), 400U);
  EXPECT_EQ(second->body(), "");
  EXPECT_EQ(first->status(), 200U);
  EXPECT_EQ(first->body(), "1");
  EXPECT_THAT(events_, ElementsAre("open", "close transport error|overlap from client"));
  EXPECT_EQ(poll()->body(), R"({"code":1,"message":"Session ID unknown"})");
}

TEST_F(Session, ReceivesOneBodyAtATime) {
  open_polling();
  const auto first = begin_post();
  EXPECT_TRUE(first->accepted);
  EXPECT_FALSE(begin_post()->accepted);
  EXPECT_EQ(first->times_cut_off, 1) << "its connection is not held";
  EXPECT_THAT(events_,
              ElementsAre("open", "close transport error|data request overlap from client"));
}

TEST_F(Session, ReceivesOneBodyAfterTheOther) {
  open_polling();
  for (int i = 0; i < 3; ++i) {
    const auto begun = begin_post();
    EXPECT_TRUE(begun->accepted);
    begun->cut_off.reset();
    EXPECT_EQ(post("4a")->body(), "ok");
    EXPECT_EQ(begun->times_cut_off, 0);
  }
  EXPECT_THAT(events_, ElementsAre("open", "text a", "text a", "text a"));
}

TEST_F(Session, EndsWhenABodyFails) {
  open_polling();
  const auto held = poll();
  const auto begun = begin_post();
  lose_post(*begun, "payload too large");
  lose_post(*begun, "payload too large");
  EXPECT_EQ(held->body(), "1");
  EXPECT_EQ(begun->times_cut_off, 0) << "the host closes the connection itself";
  EXPECT_THAT(events_, ElementsAre("open", "close transport error|payload too large"));
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, IsNotEndedByBodiesOfRequestsThatAreRefused) {
  open_polling();
  for (const auto& wrong : {fakes::make_request("PUT", session_query()),
                            fakes::make_request("POST", "EIO=4&transport=websocket&sid=" + sid_),
                            fakes::make_request("POST", "EIO=3&transport=polling&sid=" + sid_)}) {
    run([&] {
      const auto kept = std::make_shared<const std::function<void()>>([] {});
      EXPECT_TRUE(engine_->begin_body(*shards_[0], wrong, kept));
      EXPECT_TRUE(engine_->begin_body(*shards_[0], wrong, kept));
      engine_->body_failed(*shards_[0], wrong, "lost");
    });
  }
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Session, ReadsWhatIsNotUtf8WithReplacementCharacters) {
  open_polling();
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(post("4\xE9|\xF0\x9F\x98|\xC0\x80|\xE2\x82\xAC\x1e"
                 "4\xED\xA0\x80|\xF0\x9F\x98\x80|\xFF\xE2\x82")
                ->body(),
            "ok");
  // As many as Buffer.toString() of Node.js has.
  const auto expected = [&](std::string_view pattern) {
    std::string text;
    for (const char c : pattern) text += c == '?' ? replacement : std::string(1, c);
    return text;
  };
  EXPECT_THAT(events_,
              ElementsAre("open", "text " + expected("?|?|??|") + "\xE2\x82\xAC",
                          "text " + expected("???|") + "\xF0\x9F\x98\x80" + expected("|??")));
  events_.clear();
  EXPECT_EQ(request(fakes::make_request("POST", session_query() + "&j=0", "d=4%E9|\xFF"))->body(),
            "ok");
  EXPECT_THAT(events_, ElementsAre("text " + expected("?|?")));
}

TEST_F(Session, AnswersLongJsonpPollsOfSeparators) {
  open_polling();
  // As many as take minutes if each replacement moves what follows it.
  std::string separators;
  std::string escaped;
  for (int i = 0; i < 2'500'000; ++i) {
    separators += i % 2 == 0 ? "\xE2\x80\xA8" : "\xE2\x80\xA9";
    escaped += i % 2 == 0 ? "\\u2028" : "\\u2029";
  }
  send(separators);
  EXPECT_TRUE(get(session_query() + "&j=0")->body() == "___eio[0](\"4" + escaped + "\");");
  send("\xE2\x80\xA8|\xE2\x80\xA6\xE2\x80\xA9\xE2\x82\xAC");
  EXPECT_EQ(get(session_query() + "&j=1")->body(),
            "___eio[1](\"4\\u2028|\xE2\x80\xA6\\u2029\xE2\x82\xAC\");");
}

TEST_F(Session, OnAWebSocketIsNotEndedByBodiesOfRequestsThatAreRefused) {
  const auto client = open_websocket();
  const auto first = begin_post();
  const auto second = begin_post();
  EXPECT_TRUE(first->accepted);
  EXPECT_TRUE(second->accepted);
  lose_post(*first, "lost");
  EXPECT_EQ(second->times_cut_off, 0);
  EXPECT_EQ(post("4hello")->status(), 400U);
  EXPECT_EQ(poll()->status(), 400U);
  EXPECT_FALSE(client->ended());
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Session, EndsWhenAPollIsAborted) {
  open_polling();
  const auto held = poll();
  run([&] { held->abort(); });
  EXPECT_TRUE(held->dropped);
  EXPECT_THAT(events_,
              ElementsAre("open", "close transport error|poll connection closed prematurely"));
  EXPECT_EQ(engine_->clients_count(), 0U);
  EXPECT_EQ(poll()->status(), 400U);
}

// --- Closing

TEST_F(Session, EndsWithAClosePacket) {
  open_polling();
  const auto held = poll();
  EXPECT_EQ(post(payload({"4a", "1", "4b"}))->body(), "ok");
  EXPECT_EQ(held->body(), "6");
  EXPECT_THAT(events_, ElementsAre("open", "text a", "close transport close|"));
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, EndsWithAClosePacketWithoutAPoll) {
  open_polling();
  EXPECT_EQ(post("1")->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "close transport close|"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, TellsAPendingPollThatItCloses) {
  open_polling();
  const auto held = poll();
  close();
  EXPECT_EQ(held->body(), "1");
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, TellsTheNextPollThatItCloses) {
  open_polling();
  close();
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_EQ(poll()->body(),
            "6\x1e"
            "1");
  EXPECT_EQ(engine_->clients_count(), 0U);
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, SendsTheLastMessagesBeforeTheNotice) {
  open_polling();
  run([&] {
    sockets_[0].send("last");
    sockets_[0].close();
    sockets_[0].send("too late");
  });
  EXPECT_EQ(poll()->body(), "4last");
  EXPECT_EQ(poll()->body(),
            "6\x1e"
            "1");
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, SendsTheLastMessagesToAPendingPollAndTheNoticeToTheNext) {
  open_polling();
  const auto held = poll();
  run([&] {
    sockets_[0].send("last");
    sockets_[0].close();
  });
  EXPECT_EQ(held->body(), "4last");
  EXPECT_EQ(poll()->body(),
            "6\x1e"
            "1");
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
}

TEST_F(Session, TakesPostsWhileItCloses) {
  open_polling();
  close();
  EXPECT_EQ(post("4late")->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_EQ(poll()->body(),
            "6\x1e"
            "1");
}

TEST_F(Session, ClosesOnce) {
  open_polling();
  run([&] {
    sockets_[0].close();
    sockets_[0].close();
    sockets_[0].target()->discard();
    sockets_[0].close();
  });
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
}

TEST_F(Session, IsGoneAtOnceWhenItIsDiscarded) {
  open_polling();
  const auto held = poll();
  run([&] { sockets_[0].target()->discard(); });
  EXPECT_EQ(held->body(), "1");
  EXPECT_EQ(engine_->clients_count(), 0U);
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
}

TEST_F(Session, MayBeClosedWhenItIsOpened) {
  on_open_ = [](const socket& opened) {
    opened.send("bye");
    opened.close();
  };
  open_polling();
  EXPECT_EQ(poll()->body(), "4bye");
  EXPECT_EQ(poll()->body(),
            "6\x1e"
            "1");
}

TEST_F(Session, DoesNothingAfterItsEnd) {
  const auto client = open_websocket();
  const auto kept = sockets_[0];
  run([&] { client->disconnect(websocket::close_code::going_away); });
  run([&] {
    kept.send("x");
    kept.send(std::as_bytes(std::span("x")));
    kept.target()->send(encoded_message::text("x"));
    kept.on_message([](std::string_view, bool) {});
    kept.close();
  });
  EXPECT_THAT(client->sent, IsEmpty());
  EXPECT_EQ(kept.id(), sid_);
  EXPECT_FALSE(kept.target()->is_open());
}

// --- WebSocket

TEST_F(Session, ExchangesMessagesOnAWebSocket) {
  const auto client = open_websocket();
  receive(client, "4hello");
  receive(client, "\x01\x02", true);
  receive(client, "bAQIDBA==");
  EXPECT_THAT(events_,
              ElementsAre("open", "text hello", "binary \x01\x02", "binary \x01\x02\x03\x04"));
  run([&] {
    sockets_[0].send("text");
    sockets_[0].send(std::as_bytes(std::span("\xFF").first(1)));
    sockets_[0].target()->send(encoded_message::text("shared"));
    sockets_[0].target()->send(encoded_message::binary("\xFE"));
  });
  EXPECT_THAT(client->sent, ElementsAre("4text", "binary:\xFF", "4shared", "binary:\xFE"));
}

TEST_F(Session, IsWritableIfItsWebSocketIs) {
  const auto client = open_websocket();
  EXPECT_TRUE(sockets_[0].target()->writable());
  client->is_writable = false;
  EXPECT_FALSE(sockets_[0].target()->writable());
}

TEST_F(Session, EndsWithItsWebSocket) {
  const auto client = open_websocket();
  run([&] { client->disconnect(websocket::close_code::going_away); });
  EXPECT_THAT(events_, ElementsAre("open", "close transport close|"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, EndsWithAnErrorOfItsWebSocket) {
  const auto client = open_websocket();
  run([&] { client->disconnect(websocket::close_code::message_too_big, "message too big"); });
  EXPECT_THAT(events_, ElementsAre("open", "close transport error|message too big"));
}

TEST_F(Session, ClosesItsWebSocketWithoutACode) {
  const auto client = open_websocket();
  run([&] {
    sockets_[0].send("last");
    sockets_[0].close();
    sockets_[0].send("too late");
  });
  EXPECT_THAT(client->sent, ElementsAre("4last"));
  EXPECT_EQ(client->closed_with, websocket::close_code::no_status);
  EXPECT_FALSE(client->has_handler());
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, EndsWithAnInvalidPacketOnAWebSocket) {
  for (const auto message : {""sv, "7"sv, "abc"sv, "\0"sv}) {
    events_.clear();
    const auto client = open_websocket();
    receive(client, message);
    EXPECT_THAT(events_, ElementsAre("open", "close parse error|"));
    EXPECT_EQ(client->closed_with, websocket::close_code::no_status);
  }
}

TEST_F(Session, IgnoresAClosePacketOnAWebSocket) {
  const auto client = open_websocket();
  receive(client, "1");
  receive(client, "4still here");
  EXPECT_THAT(events_, ElementsAre("open", "text still here"));
}

TEST_F(Session, EndsWithAPingOnAWebSocket) {
  const auto client = open_websocket();
  receive(client, "2");
  EXPECT_THAT(events_, ElementsAre("open", "close transport error|invalid heartbeat direction"));
  EXPECT_TRUE(client->closed_with);
}

TEST_F(Session, RefusesPollingOnAWebSocketSession) {
  open_websocket();
  EXPECT_EQ(poll()->body(), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(post("4a")->status(), 400U);
  EXPECT_THAT(events_, ElementsAre("open"));
}

// --- Heartbeats

TEST_F(Session, SendsHeartbeatsAfterEachAnswer) {
  settings_.ping_interval = 5ms;
  const auto client = open_websocket();
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(run_until([&] { return !client->sent.empty(); }));
    EXPECT_THAT(client->sent, ElementsAre("2"));
    client->sent.clear();
    receive(client, "3");
  }
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Session, SendsHeartbeatsToPolls) {
  settings_.ping_interval = 5ms;
  open_polling();
  for (int i = 0; i < 2; ++i) {
    const auto held = poll();
    ASSERT_TRUE(run_until([&] { return !held->pending(); }));
    EXPECT_EQ(held->body(), "2");
    EXPECT_EQ(post("3")->body(), "ok");
  }
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Session, EndsWithoutAnAnswerToAHeartbeat) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 5ms;
  const auto client = open_websocket();
  ASSERT_TRUE(run_until([&] { return events_.size() > 1; }));
  EXPECT_THAT(events_, ElementsAre("open", "close ping timeout|"));
  EXPECT_THAT(client->sent, ElementsAre("2"));
  EXPECT_EQ(client->closed_with, websocket::close_code::no_status);
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, EndsPollingWithoutAnAnswerToAHeartbeat) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 5ms;
  open_polling();
  ASSERT_TRUE(run_until([&] { return events_.size() > 1; }));
  EXPECT_THAT(events_, ElementsAre("open", "close ping timeout|"));
  EXPECT_EQ(poll()->status(), 400U);
}

TEST_F(Session, IgnoresAnswersToNoHeartbeat) {
  settings_.ping_interval = 100ms;
  const auto client = open_websocket();
  reference_timer reference;
  run([&] { reference.start(*shards_[0], settings_.ping_interval); });
  for (int i = 0; i < 100; ++i) receive(client, "3");
  ASSERT_TRUE(run_until([&] { return reference.expired(); }));
  EXPECT_THAT(client->sent, ElementsAre("2")) << "the heartbeat was put off";
}

TEST_F(Session, ExtendsThePongDeadlineOnceForAClientThatSends) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 100ms;
  const auto client = open_websocket();
  reference_timer first;
  reference_timer second;
  reference_timer third;
  ASSERT_TRUE(run_until([&] { return !client->sent.empty(); }));
  run([&] { first.start(*shards_[0], 50ms); });
  ASSERT_TRUE(run_until([&] { return first.expired(); }));
  run([&] {
    client->receive("4a");
    second.start(*shards_[0], 90ms);
  });
  ASSERT_TRUE(run_until([&] { return second.expired(); }));
  EXPECT_TRUE(sockets_[0].target()->is_open()) << "the message did not put off the deadline";
  run([&] {
    third.start(*shards_[0], settings_.ping_timeout);
    client->receive("4b");
  });
  ASSERT_TRUE(run_until([&] { return third.expired(); }));
  EXPECT_THAT(events_, ElementsAre("open", "text a", "text b", "close ping timeout|"));
}

TEST_F(Session, MayBeExtendedAnewAfterEachAnswer) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 10s;
  const auto client = open_websocket();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(run_until([&] { return !client->sent.empty(); }));
    client->sent.clear();
    receive(client, "4a");
    receive(client, "3");
  }
  EXPECT_THAT(events_, ElementsAre("open", "text a", "text a", "text a"));
}

// --- Upgrading

TEST_F(Session, Upgrades) {
  open_polling();
  const auto held = poll();
  const auto upgrade = begin_upgrade();
  ASSERT_EQ(upgrade->status(), 101U);
  const auto client = upgrade->connection;
  EXPECT_THAT(client->sent, IsEmpty());
  EXPECT_TRUE(held->pending());
  receive(client, "2probe");
  EXPECT_THAT(client->sent, ElementsAre("3probe"));
  EXPECT_EQ(held->body(), "6");
  EXPECT_EQ(sockets_[0].transport(), "polling");
  receive(client, "5");
  EXPECT_EQ(sockets_[0].transport(), "websocket");
  EXPECT_THAT(events_, ElementsAre("open", "upgrade"));
  receive(client, "4in");
  send("out");
  EXPECT_EQ(events_.back(), "text in");
  EXPECT_THAT(client->sent, ElementsAre("3probe", "4out"));
  EXPECT_EQ(poll()->body(), R"({"code":3,"message":"Bad request"})");
}

TEST_F(Session, KeepsTheOrderOfMessagesAcrossAnUpgrade) {
  open_polling();
  send("one");
  EXPECT_EQ(poll()->body(), "4one");
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  run([&] {
    sockets_[0].send("two");
    sockets_[0].send(std::as_bytes(std::span("\x01").first(1)));
    sockets_[0].target()->send(encoded_message::text("three"));
    sockets_[0].target()->send(encoded_message::binary("\x02"));
  });
  EXPECT_THAT(client->sent, ElementsAre("3probe"));
  receive(client, "5");
  send("four");
  EXPECT_THAT(client->sent,
              ElementsAre("3probe", "4two", "binary:\x01", "4three", "binary:\x02", "4four"));
}

TEST_F(Session, ReceivesPostsWhileItUpgrades) {
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  EXPECT_EQ(post("4by polling")->body(), "ok");
  receive(client, "5");
  receive(client, "4by websocket");
  EXPECT_THAT(events_, ElementsAre("open", "text by polling", "upgrade", "text by websocket"));
}

TEST_F(Session, EndsLaterPollsWhileItUpgrades) {
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  for (int i = 0; i < 2; ++i) {
    const auto held = poll();
    ASSERT_TRUE(run_until([&] { return !held->pending(); }));
    EXPECT_EQ(held->body(), "6");
  }
  receive(client, "2probe");
  EXPECT_THAT(client->sent, ElementsAre("3probe", "3probe"));
}

TEST_F(Session, TellsAPollThatTheTransportHasChanged) {
  open_polling();
  const auto held = poll();
  const auto client = begin_upgrade()->connection;
  receive(client, "5");
  EXPECT_EQ(held->body(), "1");
  EXPECT_THAT(events_, ElementsAre("open", "upgrade"));
}

TEST_F(Session, StaysWithPollingIfTheProbeIsWrong) {
  open_polling();
  for (const auto message : {"2"sv, "4a"sv, "3probe"sv, "2prob"sv, ""sv, "x"sv}) {
    const auto client = begin_upgrade()->connection;
    receive(client, message);
    EXPECT_EQ(client->closed_with, websocket::close_code::no_status) << message;
    EXPECT_FALSE(client->has_handler());
  }
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe", true);
  EXPECT_TRUE(client->closed_with);
  EXPECT_THAT(events_, ElementsAre("open"));
  send("still here");
  EXPECT_EQ(poll()->body(), "4still here");
}

TEST_F(Session, StaysWithPollingIfTheUpgradeTakesTooLong) {
  settings_.upgrade_timeout = 5ms;
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  ASSERT_TRUE(run_until([&] { return client->ended(); }));
  EXPECT_EQ(client->closed_with, websocket::close_code::no_status);
  EXPECT_THAT(events_, ElementsAre("open"));
  send("still here");
  EXPECT_EQ(poll()->body(), "4still here");
  const auto again = begin_upgrade()->connection;
  receive(again, "2probe");
  receive(again, "5");
  EXPECT_EQ(sockets_[0].transport(), "websocket");
}

TEST_F(Session, StaysWithPollingIfTheWebSocketIsLost) {
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  run([&] { client->disconnect(websocket::close_code::abnormal, "connection reset"); });
  EXPECT_THAT(events_, ElementsAre("open"));
  const auto held = poll();
  EXPECT_TRUE(held->pending());
  send("still here");
  EXPECT_EQ(held->body(), "4still here");
}

TEST_F(Session, RefusesASecondUpgrade) {
  open_polling();
  const auto first = begin_upgrade()->connection;
  receive(first, "2probe");
  const auto second = begin_upgrade();
  EXPECT_EQ(second->status(), 101U);
  EXPECT_EQ(second->connection->closed_with, websocket::close_code::no_status);
  EXPECT_FALSE(first->ended());
  receive(first, "5");
  EXPECT_THAT(events_, ElementsAre("open", "upgrade"));
  const auto third = begin_upgrade();
  EXPECT_TRUE(third->connection->closed_with);
  EXPECT_FALSE(first->ended());
}

TEST_F(Session, RefusesAnUpgradeIfNotAllowed) {
  settings_.allow_upgrades = false;
  open_polling();
  const auto upgrade = begin_upgrade();
  ASSERT_TRUE(upgrade->connection);
  EXPECT_TRUE(upgrade->connection->closed_with);
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Session, FinishesAnUpgradeBeforeItCloses) {
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  run([&] {
    sockets_[0].send("last");
    sockets_[0].close();
  });
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_FALSE(client->ended());
  receive(client, "5");
  EXPECT_THAT(client->sent, ElementsAre("3probe", "4last"));
  EXPECT_EQ(client->closed_with, websocket::close_code::no_status);
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, ClosesOnPollingIfTheUpgradeFails) {
  settings_.upgrade_timeout = 5ms;
  open_polling();
  const auto client = begin_upgrade()->connection;
  close();
  ASSERT_TRUE(run_until([&] { return client->ended(); }));
  EXPECT_EQ(poll()->body(),
            "6\x1e"
            "1");
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, ClosesTheWebSocketOfAnUpgradeWhenItEnds) {
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  post("1");
  EXPECT_TRUE(client->closed_with);
  EXPECT_FALSE(client->has_handler());
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Session, EndsIfAHeartbeatIsLostAcrossAnUpgrade) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 20ms;
  open_polling();
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  ASSERT_TRUE(run_until([&] { return client->ended(); }));
  EXPECT_EQ(events_.back(), "close ping timeout|");
}

// Longer than ping_timeout, so that a deadline of the transport before would have passed.
TEST_F(Session, GoesOnAfterAnUpgradeIfHeartbeatsAreAnswered) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 500ms;
  open_polling();
  ASSERT_TRUE(run_until([&] { return sockets_[0].target()->buffered() > 0; }));
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  receive(client, "5");
  reference_timer reference;
  run([&] { reference.start(*shards_[0], settings_.ping_timeout + 100ms); });
  int heartbeats = 0;
  ASSERT_TRUE(run_until([&] {
    if (!client->sent.empty() && client->sent.back() == "2") {
      ++heartbeats;
      client->sent.clear();
      receive(client, "3");
    }
    return reference.expired();
  }));
  EXPECT_GT(heartbeats, 2);
  EXPECT_THAT(events_, ElementsAre("open", "upgrade"));
}

TEST_F(Session, RefusesAnUpgradeWithABadHandshake) {
  open_polling();
  auto bad_version = fakes::make_upgrade_request("EIO=4&transport=websocket&sid=" + sid_);
  bad_version.headers.set("Sec-WebSocket-Version", "12");
  const auto refused = request(std::move(bad_version));
  EXPECT_EQ(refused->status(), 400U);
  EXPECT_EQ(refused->response->headers["Sec-WebSocket-Version"], "13, 8");
  EXPECT_FALSE(refused->connection);
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Session, EchoesTheFirstSubprotocol) {
  auto sent = fakes::make_upgrade_request("EIO=4&transport=websocket");
  sent.headers.append("Sec-WebSocket-Protocol", "one, two");
  EXPECT_EQ(request(std::move(sent))->response->headers["Sec-WebSocket-Protocol"], "one");
}

}  // namespace
}  // namespace socketio::engineio
