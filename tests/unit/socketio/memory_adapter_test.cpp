#include <socketio/memory_adapter.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/core.hpp>

#include "engineio/fixture.hpp"

namespace socketio {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Clients in the main namespace, by name. What a test does, it does on their shard.
class MemoryAdapter : public engineio::fakes::engine_test {
 protected:
  void SetUp() override {
    start();
    core_.emplace(*engine_, core_options());
    main_.emplace(core_->of("/"));
    main_->on("connection", [this](const socket& joined) { last_joined_ = joined; });
  }

  void TearDown() override {
    members_.clear();
    last_joined_.reset();
    main_.reset();
    core_.reset();
  }

  socket& join_as(const std::string& name, const room_list& rooms = std::vector<std::string>{}) {
    auto client = open_websocket_client();
    receive(client, "40");
    client->sent.clear();
    auto& added = members_.emplace(name, member{std::move(client), last_joined_.value()})
                      .first->second.handle;
    run([&] { added.join(rooms); });
    return added;
  }

  // Who has received something since the last call.
  std::vector<std::string> receivers() {
    std::vector<std::string> names;
    for (auto& [name, held] : members_) {
      for (std::size_t i = 0; i < held.client->sent.size(); ++i) names.push_back(name);
      held.client->sent.clear();
    }
    return names;
  }

  std::vector<std::string> rooms_of(const std::string& name) {
    auto rooms = members_.at(name).handle.rooms();
    std::erase(rooms, members_.at(name).handle.id());
    return rooms;
  }

  void leave_server(const std::string& name) {
    const auto client = members_.at(name).client;
    members_.erase(name);
    last_joined_.reset();
    run([&] { client->disconnect(websocket::close_code::normal); });
  }

  engineio::fakes::websocket_client& client_of(const std::string& name) {
    return *members_.at(name).client;
  }

  io_namespace& everyone() { return *main_; }

 private:
  struct member {
    std::shared_ptr<engineio::fakes::websocket_client> client;
    socket handle;
  };

  std::shared_ptr<engineio::fakes::websocket_client> open_websocket_client() {
    const auto opened = request(engineio::fakes::make_upgrade_request("EIO=4&transport=websocket"));
    return opened->connection;
  }

  std::optional<core> core_;
  std::optional<io_namespace> main_;
  std::optional<socket> last_joined_;
  std::map<std::string, member> members_;
};

TEST_F(MemoryAdapter, SendsToEverybodyOnce) {
  join_as("a", "x");
  join_as("b", {"x", "y"});
  join_as("c");
  run([&] { everyone().emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b", "c"));
}

TEST_F(MemoryAdapter, SendsToTheUnionOfRoomsOnce) {
  join_as("a", "x");
  join_as("b", {"x", "y"});
  join_as("c", "y");
  join_as("d", "z");
  run([&] { everyone().to("x").to("y").emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b", "c"));
  run([&] { everyone().to({"x", "x", "unknown"}).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b"));
  run([&] { everyone().to("unknown").emit("e"); });
  EXPECT_THAT(receivers(), IsEmpty());
}

TEST_F(MemoryAdapter, LeavesOutTheMembersOfRooms) {
  join_as("a", "x");
  join_as("b", {"x", "y"});
  join_as("c", "y");
  run([&] { everyone().to("x").except("y").emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a"));
  run([&] { everyone().except({"x", "y"}).emit("e"); });
  EXPECT_THAT(receivers(), IsEmpty());
  run([&] { everyone().except("unknown").emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b", "c"));
}

TEST_F(MemoryAdapter, LeavesOutTheSender) {
  auto& sender = join_as("a", "x");
  join_as("b", "x");
  run([&] { sender.to("x").emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("b"));
  run([&] { sender.broadcast().emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("b"));
  run([&] { everyone().to(sender.id()).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a"));
}

TEST_F(MemoryAdapter, KnowsTheRoomsOfASocketInTheirOrder) {
  auto& joined = join_as("a");
  run([&] {
    joined.join({"one", "two"});
    joined.join("one");
    joined.join("three");
    joined.join("four");
  });
  EXPECT_EQ(joined.rooms().front(), joined.id());
  EXPECT_THAT(rooms_of("a"), ElementsAre("one", "two", "three", "four"));
  run([&] { joined.leave({"two", "unknown"}); });
  EXPECT_THAT(rooms_of("a"), ElementsAre("one", "three", "four"));
}

TEST_F(MemoryAdapter, ForgetsEmptyRooms) {
  auto& first = join_as("a", {"x", "y"});
  auto& second = join_as("b", "x");
  EXPECT_EQ(everyone().rooms_count(), 4U);
  run([&] { first.leave("x"); });
  EXPECT_EQ(everyone().rooms_count(), 4U);
  run([&] {
    second.leave("x");
    first.leave("y");
  });
  EXPECT_EQ(everyone().rooms_count(), 2U);
  run([&] { everyone().to("x").emit("e"); });
  EXPECT_THAT(receivers(), IsEmpty());
}

TEST_F(MemoryAdapter, ForgetsWhoHasGone) {
  auto& first = join_as("a", {"x", "y"});
  join_as("b", {"x", "y"});
  join_as("c", {"y", "x"});
  leave_server("b");
  EXPECT_EQ(everyone().sockets_count(), 2U);
  EXPECT_EQ(everyone().rooms_count(), 4U);
  run([&] { everyone().to({"x", "y"}).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "c"));
  run([&] { first.disconnect(); });
  EXPECT_THAT(first.rooms(), IsEmpty());
  run([&] { first.join("x"); });
  EXPECT_THAT(first.rooms(), IsEmpty());
  leave_server("a");
  leave_server("c");
  EXPECT_EQ(everyone().sockets_count(), 0U);
  EXPECT_EQ(everyone().rooms_count(), 0U);
}

// Members and memberships name each other's positions, which change with every leave.
TEST_F(MemoryAdapter, StaysConsistentWhileManyComeAndGo) {
  constexpr std::size_t count = 12;
  const auto name_of = [](std::size_t i) { return std::string(1, static_cast<char>('a' + i)); };
  const auto room_of = [](std::size_t i) { return "room" + std::to_string(i % 5); };
  std::vector<socket> sockets;
  for (std::size_t i = 0; i < count; ++i) sockets.push_back(join_as(name_of(i)));
  std::map<std::string, std::set<std::string>> expected;
  std::size_t state = 1;
  for (int step = 0; step < 500; ++step) {
    state = (state * 1103515245 + 12345) % 2147483648U;
    const auto which = (state >> 8U) % count;
    const auto room = room_of(state >> 16U);
    const bool joins = ((state >> 4U) & 1U) != 0;
    run([&] { joins ? sockets[which].join(room) : sockets[which].leave(room); });
    if (joins) {
      expected[room].insert(name_of(which));
    } else {
      expected[room].erase(name_of(which));
    }
  }
  for (const auto& [room, names] : expected) {
    run([&, target = room] { everyone().to(target).emit("e"); });
    EXPECT_THAT(receivers(), ::testing::ElementsAreArray(names)) << room;
  }
}

TEST_F(MemoryAdapter, ChangesTheRoomsOfManySockets) {
  join_as("a", "x");
  join_as("b", "x");
  join_as("c");
  run([&] { everyone().to("x").sockets_join({"y", "z"}); });
  EXPECT_THAT(rooms_of("a"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(rooms_of("c"), IsEmpty());
  run([&] { everyone().sockets_leave("x"); });
  EXPECT_THAT(rooms_of("b"), UnorderedElementsAre("y", "z"));
}

TEST_F(MemoryAdapter, FetchesSockets) {
  auto& first = join_as("a", "x");
  join_as("b", "y");
  std::vector<socket> fetched;
  run([&] {
    everyone().to("x").fetch_sockets([&](error_code error, std::vector<socket> found) {
      EXPECT_FALSE(error);
      fetched = std::move(found);
    });
  });
  ASSERT_EQ(fetched.size(), 1U);
  EXPECT_EQ(fetched[0].id(), first.id());
}

TEST_F(MemoryAdapter, DisconnectsSockets) {
  join_as("a", "x");
  join_as("b");
  run([&] { everyone().to("x").disconnect_sockets(); });
  EXPECT_THAT(receivers(), ElementsAre("a"));
  EXPECT_EQ(everyone().sockets_count(), 1U);
}

TEST_F(MemoryAdapter, DropsVolatileEventsForWhoCannotTakeThem) {
  join_as("a");
  join_as("b");
  client_of("b").is_writable = false;
  run([&] { everyone().volatile_().emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a"));
  run([&] { everyone().emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace socketio
