#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rooms/namespace_rooms.hpp"

namespace socketio::detail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct fake_socket final : room_member {
  explicit fake_socket(std::string name) : room_member(std::move(name)) {}
};

// Writes down what happens.
class diary final : public room_observer {
 public:
  explicit diary(std::vector<std::string>& lines) : lines_(lines) {}

  void create_room(std::string_view room) override { write("create", room); }
  void join_room(std::string_view room, std::string_view id) override { write("join", room, id); }
  void leave_room(std::string_view room, std::string_view id) override { write("leave", room, id); }
  void delete_room(std::string_view room) override { write("delete", room); }

 private:
  void write(std::string_view what, std::string_view room, std::string_view id = {}) {
    auto& line = lines_.emplace_back(what);
    line.append(" ").append(room);
    if (!id.empty()) line.append(" ").append(id);
  }

  std::vector<std::string>& lines_;
};

class NamespaceRooms : public ::testing::Test {
 public:
  std::shared_ptr<fake_socket> connect(const std::string& id, std::size_t shard = 0) {
    auto added = std::make_shared<fake_socket>(id);
    rooms.join(home(shard), *added, id);
    rooms.add(home(shard), added);
    added->connected = true;
    return added;
  }

  const engineio::shard& home(std::size_t index) { return *shards[index]; }
  // What has happened since the last call.
  std::vector<std::string> told() { return std::exchange(lines, {}); }

  boost::asio::io_context context;
  std::vector<std::shared_ptr<engineio::shard>> shards = {
      std::make_shared<engineio::shard>(context, 0), std::make_shared<engineio::shard>(context, 1)};
  namespace_rooms rooms{2};
  std::vector<std::string> lines;
  std::shared_ptr<fake_socket> invited;
};

// --- Finding and counting

TEST_F(NamespaceRooms, FindsASocketByItsIdOnAnyShard) {
  const auto first = connect("first", 0);
  const auto second = connect("second", 1);
  EXPECT_EQ(rooms.find("first"), first);
  EXPECT_EQ(rooms.find("second"), second);
  EXPECT_EQ(rooms.find("third"), nullptr);
  EXPECT_THAT(rooms.sockets(), UnorderedElementsAre(first, second));
}

TEST_F(NamespaceRooms, FindsASocketThatIsNotAloneInTheRoomOfItsOwn) {
  const auto host = connect("host");
  const auto guest = connect("guest");
  rooms.leave(home(0), *host, "host");
  EXPECT_EQ(rooms.find("host"), host) << "in no room";
  rooms.join(home(0), *guest, "host");
  EXPECT_EQ(rooms.find("host"), host) << "the room of its name has another socket only";
  rooms.join(home(0), *host, "host");
  EXPECT_EQ(rooms.find("host"), host) << "shares its room";
  rooms.leave(home(0), *guest, "host");
  rooms.leave(home(0), *host, "host");
  rooms.join(home(0), *host, "host");
  EXPECT_EQ(rooms.find("host"), host) << "alone again";
  rooms.remove(home(0), *host);
  EXPECT_EQ(rooms.find("host"), nullptr);
}

TEST_F(NamespaceRooms, FindsNoSocketThatIsNotAdded) {
  fake_socket waiting("waiting");
  rooms.join(home(0), waiting, "waiting");
  rooms.join(home(0), waiting, "hall");
  EXPECT_EQ(rooms.find("waiting"), nullptr);
  EXPECT_EQ(rooms.sockets_count("hall"), 1U);
  rooms.remove(home(0), waiting);
  EXPECT_EQ(rooms.rooms_count(), 0U);
}

TEST_F(NamespaceRooms, ListsTheRoomsOfAllShardsWithTheirSizes) {
  const auto first = connect("a", 0);
  const auto second = connect("b", 1);
  for (const auto& [socket, shard] : {std::pair(first, 0), std::pair(second, 1)}) {
    rooms.join(home(static_cast<std::size_t>(shard)), *socket, "hall");
  }
  rooms.join(home(0), *first, "attic");
  const std::vector<room_info> expected = {{"a", 1}, {"attic", 1}, {"b", 1}, {"hall", 2}};
  EXPECT_EQ(rooms.list(), expected);
  EXPECT_EQ(rooms.rooms_count(), 4U);
  EXPECT_EQ(rooms.sockets_count(), 2U);
  EXPECT_EQ(rooms.sockets_count("hall"), 2U);
  EXPECT_EQ(rooms.sockets_count("cellar"), 0U);
}

// --- Observers

TEST_F(NamespaceRooms, TellsWhenRoomsBeginAndEnd) {
  rooms.add_observer(std::make_shared<diary>(lines));
  const auto first = connect("a");
  EXPECT_THAT(told(), ElementsAre("create a", "join a a"));
  const auto second = connect("b");
  told();
  rooms.join(home(0), *first, "hall");
  rooms.join(home(0), *first, "hall");
  rooms.join(home(0), *second, "hall");
  EXPECT_THAT(told(), ElementsAre("create hall", "join hall a", "join hall b"));
  rooms.leave(home(0), *second, "cellar");
  EXPECT_THAT(told(), IsEmpty());
  rooms.leave(home(0), *first, "hall");
  rooms.leave(home(0), *first, "hall");
  EXPECT_THAT(told(), ElementsAre("leave hall a"));
  rooms.remove(home(0), *second);
  EXPECT_THAT(told(), ElementsAre("leave b b", "delete b", "leave hall b", "delete hall"));
}

TEST_F(NamespaceRooms, TellsOfARoomOnSeveralShardsOnce) {
  rooms.add_observer(std::make_shared<diary>(lines));
  const auto first = connect("a", 0);
  const auto second = connect("b", 1);
  told();
  rooms.join(home(0), *first, "hall");
  rooms.join(home(1), *second, "hall");
  rooms.leave(home(0), *first, "hall");
  EXPECT_THAT(told(), ElementsAre("create hall", "join hall a", "join hall b", "leave hall a"));
  rooms.remove(home(1), *second);
  EXPECT_THAT(told(), ElementsAre("leave b b", "delete b", "leave hall b", "delete hall"));
}

TEST_F(NamespaceRooms, TellsEveryObserverAndReportsWhatOneThrows) {
  struct thrower final : room_observer {
    void join_room(std::string_view /*room*/, std::string_view /*id*/) override {
      throw std::runtime_error("no room");
    }
  };
  std::vector<std::string> reported;
  shards[0]->on_exception([&](const std::exception_ptr& /*error*/, std::string_view where) {
    reported.emplace_back(where);
  });
  std::vector<std::string> others;
  rooms.add_observer(std::make_shared<diary>(lines));
  rooms.add_observer(std::make_shared<thrower>());
  rooms.add_observer(std::make_shared<diary>(others));
  const auto joined = connect("a");
  EXPECT_THAT(reported, ElementsAre("room observer"));
  EXPECT_EQ(others, lines);
  EXPECT_THAT(told(), ElementsAre("create a", "join a a"));
}

TEST_F(NamespaceRooms, LetsAnObserverChangeRooms) {
  struct inviter final : room_observer {
    NamespaceRooms& test;
    explicit inviter(NamespaceRooms& owner) : test(owner) {}
    void join_room(std::string_view room, std::string_view /*id*/) override {
      if (room == "hall") test.rooms.join(test.home(0), *test.invited, "attic");
    }
  };
  rooms.add_observer(std::make_shared<inviter>(*this));
  rooms.add_observer(std::make_shared<diary>(lines));
  invited = connect("a");
  told();
  rooms.join(home(0), *invited, "hall");
  EXPECT_EQ(rooms.sockets_count("attic"), 1U);
}

// --- Memory

std::size_t heap_in_use() {
  const auto information = mallinfo2();
  return information.uordblks + information.hblkhd;
}

// Sanitizers replace glibc's heap, which mallinfo2() measures.
bool heap_can_be_measured() {
  const auto before = heap_in_use();
  const std::string text(100'000, 'x');
  return heap_in_use() >= before + text.size();
}

// The heap that each socket takes if all join their own room and these.
double heap_for_each(std::size_t sockets, std::size_t rooms) {
  std::vector<std::shared_ptr<fake_socket>> members;
  for (std::size_t i = 0; i < sockets; ++i) {
    members.push_back(std::make_shared<fake_socket>("socket with the id " + std::to_string(i)));
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rooms; ++i) names.push_back(std::to_string(i));
  const auto before = heap_in_use();
  room_table table;
  for (const auto& each : members) {
    table.join(*each, each->id);
    table.add(each);
  }
  for (const auto& name : names) {
    for (const auto& each : members) table.join(*each, name);
  }
  const auto taken = heap_in_use() - before;
  for (const auto& each : members) table.remove(*each);
  return static_cast<double>(taken) / static_cast<double>(sockets);
}

TEST(RoomTable, TakesLittleForASocketInItsOwnRoom) {
  if (!heap_can_be_measured()) GTEST_SKIP() << "no measure of the heap";
  EXPECT_LT(heap_for_each(1000, 0), 64);
}

TEST(RoomTable, TakesLittleForAMembership) {
  if (!heap_can_be_measured()) GTEST_SKIP() << "no measure of the heap";
  const auto alone = heap_for_each(100, 0);
  EXPECT_LT((heap_for_each(100, 100) - alone) / 100, 33);
}

}  // namespace
}  // namespace socketio::detail
