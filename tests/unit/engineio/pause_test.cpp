// Sessions that stop receiving for a while.
#include <socketio/engineio/session.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;

class PausedSession : public fakes::engine_test {
 protected:
  void pause() {
    run([&] { sockets_[0].target()->pause(); });
  }
  void resume() {
    run([&] { sockets_[0].target()->resume(); });
  }
};

TEST_F(PausedSession, PausesItsWebSocket) {
  const auto client = open_websocket();
  pause();
  EXPECT_TRUE(client->paused);
  EXPECT_TRUE(sockets_[0].target()->is_paused());
  resume();
  EXPECT_FALSE(client->paused);
  resume();
  receive(client, "4in");
  EXPECT_THAT(events_, ElementsAre("open", "text in"));
}

TEST_F(PausedSession, KeepsThePacketsOfAPostUntilItGoesOn) {
  open_polling();
  pause();
  const auto held = post(
      "4one\x1e"
      "4two");
  EXPECT_TRUE(held->pending());
  EXPECT_THAT(events_, ElementsAre("open"));
  resume();
  EXPECT_EQ(held->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "text one", "text two"));
  EXPECT_EQ(post("4three")->body(), "ok");
  EXPECT_EQ(events_.back(), "text three");
}

TEST_F(PausedSession, StopsWithinAPost) {
  open_polling();
  run([&] {
    sockets_[0].on_message([this](std::string_view message, bool) {
      events_.push_back("text " + std::string(message));
      sockets_[0].target()->pause();
    });
  });
  const auto held = post(
      "4one\x1e"
      "4two\x1e"
      "1x");
  EXPECT_THAT(events_, ElementsAre("open", "text one"));
  resume();
  EXPECT_THAT(events_, ElementsAre("open", "text one", "text two"));
  EXPECT_TRUE(held->pending());
}

TEST_F(PausedSession, RefusesAnotherPostMeanwhile) {
  open_polling();
  pause();
  const auto held = post("4one");
  EXPECT_EQ(post("4two")->status(), 400U);
  EXPECT_EQ(held->body(), "ok");
  EXPECT_THAT(events_,
              ElementsAre("open", "close transport error|data request overlap from client"));
}

TEST_F(PausedSession, AnswersAPostWhenItEnds) {
  open_polling();
  pause();
  const auto held = post("4one");
  close();
  EXPECT_EQ(held->body(), "ok");
  EXPECT_THAT(events_, ElementsAre("open", "close forced close|"));
}

TEST_F(PausedSession, FindsAnInvalidPacketWhenItGoesOn) {
  open_polling();
  pause();
  const auto held = post(
      "4one\x1e"
      "x");
  resume();
  EXPECT_EQ(held->status(), 400U);
  EXPECT_THAT(events_, ElementsAre("open", "text one", "close parse error|"));
}

// The client does not move to the WebSocket while it waits for an answer.
TEST_F(PausedSession, Upgrades) {
  open_polling();
  pause();
  const auto held = post("4one");
  const auto client = begin_upgrade()->connection;
  receive(client, "2probe");
  EXPECT_EQ(held->body(), "ok");
  EXPECT_EQ(events_.back(), "text one");
  receive(client, "5");
  EXPECT_TRUE(client->paused);
  resume();
  EXPECT_FALSE(client->paused);
}

TEST_F(PausedSession, SendsHeartbeatsAndAwaitsNoAnswer) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 5ms;
  const auto client = open_websocket();
  pause();
  ASSERT_TRUE(run_until([&] { return client->sent.size() >= 4; }));
  EXPECT_THAT(client->sent, Each("2"));
  EXPECT_THAT(events_, ElementsAre("open"));
  resume();
  ASSERT_TRUE(run_until([&] { return events_.size() > 1; }));
  EXPECT_EQ(events_.back(), "close ping timeout|");
}

// As when an application is slower than the client for long: its pong lies behind its messages.
TEST_F(PausedSession, SendsHeartbeatsAlthoughReadingGoesOnNowAndThen) {
  settings_.ping_interval = 20ms;
  settings_.ping_timeout = 20ms;
  const auto client = open_websocket();
  ASSERT_TRUE(run_until([&] {
    sockets_[0].target()->pause();
    sockets_[0].target()->resume();
    return client->sent.size() >= 4;
  }));
  EXPECT_THAT(client->sent, Each("2"));
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(PausedSession, HasTheTimeOfAHeartbeatWhenItGoesOn) {
  settings_.ping_interval = 5ms;
  settings_.ping_timeout = 60ms;
  const auto client = open_websocket();
  pause();
  ASSERT_TRUE(run_until([&] { return client->sent.size() >= 2; }));
  const auto gone_on = std::chrono::steady_clock::now();
  resume();
  ASSERT_TRUE(run_until([&] { return events_.size() > 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - gone_on, 60ms);
  EXPECT_EQ(events_.back(), "close ping timeout|");
}

// --- Handles that are kept

TEST(KeptSocket, DoesNothingWhenServerAndShardAreGone) {
  socket kept;
  {
    boost::asio::io_context context;
    const auto home = std::make_shared<shard>(context, 0);
    server engine(options{}, {home});
    engine.on_connection([&](const socket& opened) { kept = opened; });
    const auto result = std::make_shared<fakes::answer>();
    result->request = fakes::make_request("GET", "EIO=4&transport=polling");
    boost::asio::post(context,
                      [&] { engine.handle(*home, std::make_unique<fakes::exchange>(result)); });
    context.poll();
    EXPECT_TRUE(kept.get_executor());
    home->stop();
  }
  EXPECT_FALSE(kept.get_executor());
  EXPECT_EQ(kept.transport(), "");
  EXPECT_FALSE(kept.id().empty());
  kept.send("late");
  kept.on_message([](std::string_view, bool) {});
  kept.close();
}

}  // namespace
}  // namespace socketio::engineio
