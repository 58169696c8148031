#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "recovery/log_offset.hpp"
#include "recovery/recovery_record.hpp"

namespace socketio::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

event_pointer event_to(std::uint64_t number, std::vector<std::string> rooms,
                       std::vector<std::string> except = {}) {
  auto event = std::make_shared<logged_event>();
  event->number = number;
  event->target.options.rooms = std::move(rooms);
  event->target.options.except = std::move(except);
  return event;
}

event_pointer event_to_socket(std::uint64_t number, std::string socket) {
  auto event = std::make_shared<logged_event>();
  event->number = number;
  event->target.socket = std::move(socket);
  return event;
}

std::vector<std::uint64_t> received(const recovery_record& record,
                                    std::vector<event_pointer> events) {
  std::vector<std::uint64_t> numbers;
  for (const auto& event : record.received("id", std::move(events))) {
    numbers.push_back(event->number);
  }
  return numbers;
}

TEST(RecoveryRecord, KnowsWhatWasSentToTheSocket) {
  recovery_record record(10);
  record.join("room", 12);
  record.leave("room", 14);
  record.join("room", 16);
  EXPECT_THAT(received(record, {event_to(10, {}), event_to(11, {}), event_to(12, {"room"}),
                                event_to(13, {"room"}), event_to(14, {"other", "room"}),
                                event_to(15, {"room"}), event_to(16, {"room"}),
                                event_to(17, {"room"}), event_to(18, {"other"})}),
              ElementsAre(11, 13, 14, 17));
  EXPECT_THAT(received(record, {event_to(13, {}, {"room"}), event_to(15, {}, {"room"}),
                                event_to(17, {"room"}, {"room"}), event_to(18, {}, {"other"})}),
              ElementsAre(15, 18));
  EXPECT_THAT(received(record, {event_to_socket(11, "id"), event_to_socket(12, "other"),
                                event_to_socket(9, "id")}),
              ElementsAre(11));
}

TEST(RecoveryRecord, NamesTheRooms) {
  recovery_record record(0);
  record.join("id", 0);
  record.join("b", 0);
  record.join("a", 1);
  record.join("a", 2);
  EXPECT_THAT(record.rooms(), ElementsAre("id", "b", "a"));
  record.leave("a", 3);
  record.leave("never joined", 3);
  EXPECT_THAT(record.rooms(), ElementsAre("id", "b"));
}

TEST(RecoveryRecord, ForgetsOldStaysRatherThanGrow) {
  recovery_record record(0);
  record.join("id", 0);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    record.join("room", 2 * i);
    record.leave("room", 2 * i + 1);
  }
  EXPECT_LT(record.size(), 100'000U);
  EXPECT_FALSE(record.reaches_back_to(0));
  EXPECT_TRUE(record.reaches_back_to(19'000));
  EXPECT_THAT(received(record, {event_to(19'999, {"room"}), event_to(20'000, {"room"})}),
              ElementsAre(19'999));
  // Those in which no event fell take nothing.
  recovery_record still(0);
  for (int i = 0; i < 10'000; ++i) {
    still.join("room", 5);
    still.leave("room", 5);
  }
  EXPECT_LT(still.size(), 200U);
  EXPECT_TRUE(still.reaches_back_to(0));
}

TEST(RecoveryRecord, CanBeWrittenAndRead) {
  recovery_record record(3);
  record.join("id", 3);
  record.join("room", 4);
  record.leave("room", 6);
  const auto copy = recovery_record::read(record.write());
  EXPECT_EQ(copy.began(), 3U);
  EXPECT_THAT(copy.rooms(), ElementsAre("id"));
  EXPECT_THAT(received(copy, {event_to(5, {"room"}), event_to(7, {"room"})}), ElementsAre(5));
  EXPECT_THAT(received(recovery_record(0), {event_to(5, {"room"})}), IsEmpty());
}

TEST(LogOffset, CanBeWrittenAndRead) {
  const auto text = write_offset("epoch", {2, 18'446'744'073'709'551'615U});
  EXPECT_EQ(text, "epoch.2.18446744073709551615");
  const auto offset = read_offset("epoch", text);
  ASSERT_TRUE(offset);
  EXPECT_EQ(offset->run, 2U);
  EXPECT_EQ(offset->number, 18'446'744'073'709'551'615U);
  for (const auto* other :
       {"", "epoch", "epoch.", "epoch.1", "epoch.1.", "epoch.1.2.", "epoch.1.2 ", "epoch.1.-2",
        "epoch..2", "epoch.1.18446744073709551616", "other.1.2", "epoch.1.2x", "Epoch.1.2"}) {
    EXPECT_FALSE(read_offset("epoch", other)) << other;
  }
}

TEST(LogOffset, IsTheLastArgumentOfAnEvent) {
  encoded_arguments event{R"(["name",1])", {}};
  EXPECT_FALSE(ends_in_string(event));
  append_offset(event, "e.1.2");
  EXPECT_EQ(event.json, R"(["name",1,"e.1.2"])");
  EXPECT_TRUE(ends_in_string(event));
  EXPECT_TRUE(ends_in_string({R"(["name"])", {}}));
  EXPECT_TRUE(ends_in_string({"[\"name\",\"]\" \n]", {}}));
  EXPECT_FALSE(ends_in_string({R"(["name",["text"]])", {}}));
}

}  // namespace
}  // namespace socketio::detail
