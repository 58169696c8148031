#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "recovery/event_log.hpp"

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr event_log::clock::time_point start{1000h};

class EventLog : public ::testing::Test {
 protected:
  static event_log::limits for_recovery() { return {10s, {}}; }
  event_log::limits with_history(event_log::clock::duration recovery_age = 0s) {
    return {recovery_age, [this](std::string_view room) {
              return room == "chat" || room.empty() ? &rule_ : nullptr;
            }};
  }

  void add(event_log& log, std::vector<std::string> rooms = {},
           event_log::clock::duration after = 0s) {
    auto event = std::make_shared<logged_event>();
    event->number = log.last() + 1;
    event->when = start + after;
    event->target.options.rooms = std::move(rooms);
    event->event.json = std::string(100, 'x');
    log.append(std::move(event));
  }

  static std::vector<std::uint64_t> numbers(const std::vector<event_pointer>& events) {
    std::vector<std::uint64_t> result;
    for (const auto& event : events) result.push_back(event->number);
    return result;
  }
  static std::vector<std::uint64_t> all_after(const event_log& log, std::uint64_t number) {
    std::vector<event_pointer> events;
    log.visit_after(number, [&](const event_pointer& event) { events.push_back(event); });
    return numbers(events);
  }

  room_history rule_{"/", {}, 3, 100s};
  memory_budget budget_{1'000'000};
};

TEST_F(EventLog, KeepsEventsForClientsThatAreAway) {
  event_log log(for_recovery(), budget_);
  EXPECT_TRUE(log.reaches_back_to(0));
  EXPECT_FALSE(log.reaches_back_to(1));
  add(log, {}, 0s);
  add(log, {}, 5s);
  add(log, {}, 9s);
  EXPECT_THAT(all_after(log, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(all_after(log, 2), ElementsAre(3));
  EXPECT_TRUE(log.reaches_back_to(3));
  EXPECT_FALSE(log.reaches_back_to(4));

  log.trim(start + 10s);
  EXPECT_FALSE(log.reaches_back_to(0));
  EXPECT_TRUE(log.reaches_back_to(1));
  EXPECT_EQ(log.size(), 2U);
  add(log, {}, 16s);
  EXPECT_THAT(all_after(log, 0), ElementsAre(3, 4));
  log.trim(start + 1h);
  EXPECT_EQ(log.size(), 0U);
  EXPECT_EQ(log.last(), 4U);
  EXPECT_TRUE(log.reaches_back_to(4));
  EXPECT_EQ(budget_.used(), 0U);
  EXPECT_EQ(budget_.count(), 0U);
}

TEST_F(EventLog, KeepsTheLatestEventsOfARoom) {
  event_log log(with_history(), budget_);
  add(log, {"chat"});
  add(log, {"other"});
  add(log, {"other", "chat", "chat"});
  add(log);
  EXPECT_EQ(log.size(), 3U);
  EXPECT_THAT(numbers(log.latest("chat", 10)), ElementsAre(1, 3));
  EXPECT_THAT(numbers(log.latest("chat", 1)), ElementsAre(3));
  EXPECT_THAT(numbers(log.latest("chat", 0)), IsEmpty());
  EXPECT_THAT(numbers(log.latest("other", 10)), IsEmpty());
  EXPECT_THAT(numbers(log.latest("", 10)), ElementsAre(4));
  EXPECT_THAT(numbers(log.after("chat", 1)), ElementsAre(3));
  EXPECT_FALSE(log.reaches_back_to(3));

  for (int i = 0; i < 3; ++i) add(log, {"chat"});
  EXPECT_THAT(numbers(log.latest("chat", 10)), ElementsAre(5, 6, 7));
  EXPECT_EQ(log.size(), 4U);
}

TEST_F(EventLog, DropsOldEventsOfARoom) {
  event_log log(with_history(), budget_);
  add(log, {"chat"}, 0s);
  add(log, {"chat"}, 60s);
  log.trim(start + 100s);
  EXPECT_THAT(numbers(log.latest("chat", 10)), ElementsAre(2));
  add(log, {"chat"}, 200s);
  EXPECT_THAT(numbers(log.latest("chat", 10)), ElementsAre(3));
  log.trim(start + 300s);
  EXPECT_EQ(log.size(), 0U);
}

TEST_F(EventLog, KeepsAnEventAsLongAsAnybodyNeedsIt) {
  event_log log(with_history(10s), budget_);
  add(log, {"chat"}, 0s);
  add(log, {}, 0s);
  add(log, {"other"}, 0s);
  log.trim(start + 50s);
  EXPECT_EQ(log.size(), 2U);
  EXPECT_FALSE(log.reaches_back_to(2));
  EXPECT_THAT(numbers(log.latest("chat", 10)), ElementsAre(1));
  for (int i = 0; i < 3; ++i) add(log, {"chat"}, 50s);
  EXPECT_THAT(all_after(log, 0), ElementsAre(2, 4, 5, 6));
  add(log, {"chat"}, 50s);
  // The room does not need event 4 any more, but clients may.
  EXPECT_THAT(all_after(log, 3), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(numbers(log.latest("chat", 10)), ElementsAre(5, 6, 7));
}

TEST_F(EventLog, DropsTheOldestEventsWhenMemoryIsShort) {
  memory_budget small(2000);
  rule_.max_events = 1000;
  event_log log(with_history(10s), small);
  for (int i = 0; i < 100; ++i) add(log, {"chat"});
  EXPECT_LE(small.used(), 2000U);
  EXPECT_GE(log.size(), 2U);
  const auto first = 101 - log.size();
  EXPECT_TRUE(log.reaches_back_to(first - 1));
  EXPECT_FALSE(log.reaches_back_to(first - 2));
  EXPECT_EQ(log.latest("chat", 1000).size(), log.size());
  EXPECT_EQ(log.latest("chat", 1000).front()->number, first);
}

TEST_F(EventLog, GoesOnBehindAGap) {
  event_log log(for_recovery(), budget_);
  log.skip_to(41);
  EXPECT_TRUE(log.reaches_back_to(41));
  EXPECT_FALSE(log.reaches_back_to(40));
  add(log);
  EXPECT_EQ(log.last(), 42U);
  log.skip_to(50);
  EXPECT_FALSE(log.reaches_back_to(42));
  EXPECT_TRUE(log.reaches_back_to(50));
}

}  // namespace
}  // namespace socketio::detail
