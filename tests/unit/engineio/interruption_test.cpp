// Sessions that are interrupted at each step of their life, in each way. Whatever happens, nobody
// is left waiting: requests are answered once, the session ends once, and its WebSockets are
// closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

// How far a session has come.
struct step {
  std::string_view name;
  bool polls = false;     ///< a poll is pending
  bool posts = false;     ///< a body is being received
  bool upgrades = false;  ///< a WebSocket has come that wants to take over
  bool probes = false;    ///< and it has probed
  bool upgraded = false;  ///< and taken over
  bool queued = false;    ///< something waits for the client
};

constexpr std::array steps{
    step{.name = "open"},
    step{.name = "polls", .polls = true},
    step{.name = "posts", .posts = true},
    step{.name = "polls_and_posts", .polls = true, .posts = true},
    step{.name = "has_messages_queued", .queued = true},
    step{.name = "upgrades", .upgrades = true},
    step{.name = "upgrades_and_polls", .polls = true, .upgrades = true},
    step{.name = "upgrades_and_posts", .posts = true, .upgrades = true},
    step{.name = "probes", .upgrades = true, .probes = true},
    step{.name = "probes_and_posts", .posts = true, .upgrades = true, .probes = true},
    step{.name = "probes_with_messages_queued", .upgrades = true, .probes = true, .queued = true},
    step{.name = "has_upgraded", .upgrades = true, .probes = true, .upgraded = true},
};

class Interruption;

// What happens then, and how the session ends; empty if it goes on.
struct interruption {
  std::string_view name;
  bool (*possible)(const step&);
  void (*happen)(Interruption&);
  std::string_view end;
};

class Interruption : public fakes::engine_test,
                     public ::testing::WithParamInterface<std::tuple<step, interruption>> {
 protected:
  void reach(const step& reached) {
    open_polling();
    if (reached.upgrades) upgrade();
    if (reached.probes) receive(candidate_, "2probe");
    if (reached.upgraded) receive(candidate_, "5");
    if (reached.queued) send("queued");
    if (reached.polls) polls();
    if (reached.posts) posts();
  }

  void TearDown() override {
    // What is left of it ends with the server.
    if (engine_) run([&] { engine_->close(); });
    if (!destroyed_) {
      EXPECT_EQ(engine_->clients_count(), 0U);
      EXPECT_EQ(std::count_if(events_.begin(), events_.end(),
                              [](const std::string& each) { return each.starts_with("close "); }),
                1);
    }
    for (const auto& each : answers_) EXPECT_FALSE(each->pending()) << each->request.target;
    for (const auto& each : posts_) {
      if (each->cut_off && each->accepted && !destroyed_) {
        EXPECT_EQ(each->times_cut_off, 1) << "the connection is held though nobody reads the body";
      }
    }
    for (const auto& each : websockets_) {
      EXPECT_TRUE(each->ended() || destroyed_);
      EXPECT_FALSE(each->has_handler());
    }
  }

 public:
  fakes::engine_test::answer_ptr polls() { return answers_.emplace_back(poll()); }
  std::shared_ptr<fakes::incomplete_post> posts() { return posts_.emplace_back(begin_post()); }
  fakes::engine_test::answer_ptr upgrade() {
    const auto begun = begin_upgrade();
    EXPECT_EQ(begun->status(), 101U);
    websockets_.push_back(begun->connection);
    if (!candidate_) candidate_ = begun->connection;
    return begun;
  }
  void client_sends(std::string_view message) { receive(candidate_, message); }
  void client_posts(std::string_view payload) { answers_.push_back(post(payload)); }
  void client_loses_websocket() {
    run([&] { candidate_->disconnect(websocket::close_code::abnormal); });
  }
  void client_loses_poll() {
    run([&] { answers_.back()->abort(); });
  }
  void client_loses_post() { lose_post(*posts_.back(), "lost"); }
  void application_closes() { close(); }
  void application_discards() {
    run([&] { sockets_.back().target()->discard(); });
  }
  void server_closes() {
    run([&] { engine_->close(); });
  }
  void server_goes() {
    destroyed_ = true;
    run([&] { engine_.reset(); });
  }

 protected:
  std::shared_ptr<fakes::websocket_client> candidate_;
  std::vector<answer_ptr> answers_;
  std::vector<std::shared_ptr<fakes::incomplete_post>> posts_;
  std::vector<std::shared_ptr<fakes::websocket_client>> websockets_;
  bool destroyed_ = false;
};

bool always(const step&) {
  return true;
}
bool is_polling(const step& at) {
  return !at.upgraded;
}

const std::array interruptions{
    interruption{"the_poll_is_lost", [](const step& at) { return at.polls; },
                 [](Interruption& test) { test.client_loses_poll(); },
                 "transport error|poll connection closed prematurely"},
    interruption{"the_post_is_lost", [](const step& at) { return at.posts; },
                 [](Interruption& test) { test.client_loses_post(); }, "transport error|lost"},
    interruption{"a_second_poll_comes", [](const step& at) { return at.polls; },
                 [](Interruption& test) { EXPECT_EQ(test.polls()->status(), 400U); },
                 "transport error|overlap from client"},
    interruption{"a_second_post_comes", [](const step& at) { return at.posts; },
                 [](Interruption& test) { test.posts(); },
                 "transport error|data request overlap from client"},
    interruption{"a_second_websocket_comes", [](const step& at) { return at.upgrades; },
                 [](Interruption& test) { EXPECT_TRUE(test.upgrade()->connection->ended()); }, ""},
    interruption{"the_upgrade_completes",
                 [](const step& at) { return at.upgrades && !at.upgraded; },
                 [](Interruption& test) { test.client_sends("5"); }, ""},
    interruption{"the_candidate_is_lost",
                 [](const step& at) { return at.upgrades && !at.upgraded; },
                 [](Interruption& test) { test.client_loses_websocket(); }, ""},
    interruption{"the_candidate_sends_nonsense",
                 [](const step& at) { return at.upgrades && !at.upgraded; },
                 [](Interruption& test) { test.client_sends("4too early"); }, ""},
    interruption{"the_websocket_is_lost", [](const step& at) { return at.upgraded; },
                 [](Interruption& test) { test.client_loses_websocket(); }, "transport close|"},
    interruption{"the_websocket_sends_nonsense", [](const step& at) { return at.upgraded; },
                 [](Interruption& test) { test.client_sends("nonsense"); }, "parse error|"},
    interruption{"the_client_closes", [](const step& at) { return is_polling(at) && !at.posts; },
                 [](Interruption& test) { test.client_posts("1"); }, "transport close|"},
    interruption{"the_client_posts_nonsense",
                 [](const step& at) { return is_polling(at) && !at.posts; },
                 [](Interruption& test) { test.client_posts("nonsense"); }, "parse error|"},
    interruption{"the_application_closes", always,
                 [](Interruption& test) { test.application_closes(); }, "forced close|"},
    interruption{"the_application_discards", always,
                 [](Interruption& test) { test.application_discards(); }, "forced close|"},
    interruption{"the_server_closes", always, [](Interruption& test) { test.server_closes(); },
                 "forced close|"},
    interruption{"the_server_is_destroyed", always, [](Interruption& test) { test.server_goes(); },
                 ""},
};

std::vector<std::tuple<step, interruption>> all_that_are_possible() {
  std::vector<std::tuple<step, interruption>> all;
  for (const auto& at : steps) {
    for (const auto& each : interruptions) {
      if (each.possible(at)) all.emplace_back(at, each);
    }
  }
  return all;
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<step, interruption>>& info) {
  return std::string(std::get<step>(info.param).name) + "__" +
         std::string(std::get<interruption>(info.param).name);
}

INSTANTIATE_TEST_SUITE_P(Steps, Interruption, ::testing::ValuesIn(all_that_are_possible()),
                         name_of);

TEST_P(Interruption, LeavesNobodyWaiting) {
  const auto& [at, interrupted] = GetParam();
  reach(at);
  ASSERT_THAT(events_, ::testing::Not(::testing::Contains(::testing::StartsWith("close "))));
  interrupted.happen(*this);
  if (interrupted.end.empty()) {
    EXPECT_THAT(events_, ::testing::Not(::testing::Contains(::testing::StartsWith("close "))));
  } else {
    EXPECT_EQ(events_.back(), "close " + std::string(interrupted.end));
  }
}

// The same, while the client is told the end: the application has closed the session already.
TEST_P(Interruption, AfterTheEndChangesNothing) {
  const auto& [at, interrupted] = GetParam();
  reach(at);
  application_closes();
  const auto told = events_;
  EXPECT_EQ(events_.back(), "close forced close|");
  for (const auto& each : posts_) {
    EXPECT_EQ(each->times_cut_off, 1);
    each->cut_off.reset();
  }
  if (engine_->clients_count() > 0) interrupted.happen(*this);
  EXPECT_EQ(events_, told);
}

}  // namespace
}  // namespace socketio::engineio
