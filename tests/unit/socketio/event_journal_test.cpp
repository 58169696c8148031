#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "recovery/event_journal.hpp"
#include "recovery/journal_record.hpp"

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EventJournal : public ::testing::Test {
 protected:
  EventJournal() {
    std::string name = std::filesystem::temp_directory_path() / "socketio-journal-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    storage_.folder = name;
  }
  ~EventJournal() override { std::filesystem::remove_all(storage_.folder); }

  std::unique_ptr<event_journal> open(std::size_t max_bytes = 1'000'000,
                                      std::chrono::milliseconds keep = 1h) {
    return std::make_unique<event_journal>(storage_, keep, max_bytes,
                                           [this](std::exception_ptr error) { failure_ = error; });
  }

  static logged_event event(std::uint64_t number, std::string text = "text") {
    logged_event made;
    made.number = number;
    made.time = std::chrono::system_clock::now();
    made.event.json = json::array({"event", text}).dump();
    return made;
  }

  static std::vector<std::uint64_t> numbers(const journalled_namespace& kept) {
    std::vector<std::uint64_t> result;
    for (const auto& each : kept.events) result.push_back(each->number);
    return result;
  }

  // The newest of the files with events.
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(storage_.folder)) {
      if (entry.path().extension() == ".events") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  event_storage storage_;
  std::exception_ptr failure_;
};

TEST_F(EventJournal, KeepsEventsWhole) {
  auto sent = event(1);
  sent.target.options.rooms = {"a", "b"};
  sent.target.options.except = {"c"};
  sent.target.options.flags.compress = false;
  sent.event.attachments.emplace_back(std::string("\0\xff", 2));
  auto to_one = event(2);
  to_one.target.socket = "id";
  {
    const auto journal = open();
    EXPECT_THAT(numbers(journal->take("/")), IsEmpty());
    journal->add("/", sent);
    journal->add("/", to_one);
    journal->add("/other", event(1));
  }
  const auto journal = open();
  const auto kept = journal->take("/");
  ASSERT_THAT(kept.events, SizeIs(2));
  const auto& read = *kept.events.front();
  EXPECT_EQ(read.number, 1U);
  EXPECT_EQ(read.event.json, sent.event.json);
  EXPECT_THAT(read.event.attachments, ElementsAre(sent.event.attachments.front()));
  EXPECT_THAT(read.target.options.rooms, ElementsAre("a", "b"));
  EXPECT_THAT(read.target.options.except, ElementsAre("c"));
  EXPECT_FALSE(read.target.options.flags.compress);
  EXPECT_LT(sent.time - read.time, 1s);
  EXPECT_EQ(kept.events.back()->target.socket, "id");
  EXPECT_TRUE(kept.events.back()->target.options.flags.compress);
  EXPECT_EQ(kept.last, 2U);
  EXPECT_THAT(numbers(journal->take("/other")), ElementsAre(1));
  EXPECT_THAT(numbers(journal->take("/other")), IsEmpty());
}

TEST_F(EventJournal, CountsTheRunsOfTheServer) {
  std::string epoch;
  {
    const auto journal = open();
    epoch = journal->epoch();
    EXPECT_EQ(journal->run(), 2U);
    journal->add("/", event(1));
  }
  {
    const auto journal = open();
    EXPECT_EQ(journal->epoch(), epoch);
    EXPECT_EQ(journal->run(), 3U);
    journal->add("/", event(2));
    journal->add("/", event(3));
  }
  { const auto journal = open(); }
  const auto journal = open();
  EXPECT_EQ(journal->run(), 5U);
  const auto kept = journal->take("/");
  EXPECT_THAT(kept.runs, ElementsAre(std::pair(2U, 1U), std::pair(3U, 3U), std::pair(4U, 3U)));
  EXPECT_EQ(kept.last, 3U);
}

TEST_F(EventJournal, KnowsTheSocketsAndTheirRooms) {
  {
    const auto journal = open();
    recovery_record record(4);
    record.join("id", 4);
    journal->connected("/", "stays", {"id", record, {{"name", "Ada"}}, {}});
    journal->connected("/", "ends", {"other", recovery_record(4), json::object(), {}});
    journal->joined("/", "stays", "room", 5);
    journal->joined("/", "stays", "left", 5);
    journal->left("/", "stays", "left", 6);
    journal->changed("/", "stays", {{"name", "Bob"}});
    journal->ended("/", "ends");
    journal->connected("/", "away", {"third", recovery_record(4), json::object(), {}});
    journal->away("/", "away");
    journal->joined("/", "unknown", "room", 5);
  }
  // Twice: the second time from what the first one has written.
  for (int i = 0; i < 2; ++i) {
    const auto journal = open();
    const auto kept = journal->take("/");
    ASSERT_THAT(kept.sockets, SizeIs(2));
    const auto& socket = kept.sockets.at("stays");
    EXPECT_EQ(socket.id, "id");
    EXPECT_THAT(socket.record.rooms(), ElementsAre("id", "room"));
    EXPECT_EQ(socket.record.began(), 4U);
    EXPECT_EQ(socket.data, (json{{"name", "Bob"}}));
    EXPECT_TRUE(socket.away_since);
    EXPECT_TRUE(kept.sockets.at("away").away_since);
  }
}

TEST_F(EventJournal, LosesTheTailOfATornWriteAndNothingElse) {
  {
    const auto journal = open();
    for (std::uint64_t i = 1; i <= 10; ++i) journal->add("/", event(i));
  }
  const auto file = files().back();
  const auto size = std::filesystem::file_size(file);
  const auto record_size = frame_record(write_event("/", event(10))).size();
  for (std::size_t cut = 1; cut <= record_size; ++cut) {
    std::filesystem::resize_file(file, size - cut);
    const auto journal = open();
    EXPECT_THAT(numbers(journal->take("/")), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9)) << cut;
  }
  // What comes after the restart is kept behind it.
  {
    const auto journal = open();
    journal->add("/", event(10));
  }
  EXPECT_THAT(numbers(open()->take("/")), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(EventJournal, SurvivesDamage) {
  {
    const auto journal = open();
    for (std::uint64_t i = 1; i <= 3; ++i) journal->add("/", event(i));
  }
  const auto file = files().back();
  std::ifstream input(file, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(input), {}};
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
    const auto kept = open()->take("/");
    EXPECT_LE(kept.events.size(), 2U);
    for (std::size_t i = 0; i < kept.events.size(); ++i) {
      EXPECT_EQ(kept.events[i]->number, i + 1);
    }
  }
}

TEST_F(EventJournal, DeletesOldFiles) {
  const auto journal = open(10'000, 1h);
  for (std::uint64_t i = 1; i <= 1000; ++i) journal->add("/", event(i, std::string(200, 'x')));
  std::size_t bytes = 0;
  for (const auto& file : files()) bytes += std::filesystem::file_size(file);
  EXPECT_LT(bytes, 30'000U);

  // Also those with nothing that is still wanted.
  const auto forgetful = [&] {
    storage_.folder /= "forgetful";
    return open(1'000'000, 0ms);
  };
  for (int i = 0; i < 5; ++i) {
    forgetful()->add("/", event(1));
    storage_.folder = storage_.folder.parent_path();
  }
  storage_.folder /= "forgetful";
  EXPECT_THAT(files(), SizeIs(testing::Le(2U)));
  storage_.folder = storage_.folder.parent_path();
}

TEST_F(EventJournal, IsForOneServerAtATime) {
  auto journal = open();
  EXPECT_THROW(static_cast<void>(open()), std::system_error);
  journal.reset();
  EXPECT_NO_THROW(static_cast<void>(open()));
}

TEST_F(EventJournal, NeedsAFolder) {
  storage_.folder /= "file";
  std::ofstream(storage_.folder) << "not a folder";
  EXPECT_THROW(static_cast<void>(open()), std::exception);
  storage_.folder = storage_.folder.parent_path();
}

TEST_F(EventJournal, SyncsAsOftenAsItIsTold) {
  for (const auto policy : {sync_policy::never, sync_policy::every_second, sync_policy::always}) {
    storage_.sync = policy;
    {
      const auto journal = open();
      journal->add("/", event(journal->take("/").last + 1));
    }
    EXPECT_FALSE(failure_);
  }
  EXPECT_THAT(numbers(open()->take("/")), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace socketio::detail
