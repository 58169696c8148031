#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
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

// Clients in the main namespace, by name. The tests act on the clients' shard.
class MemoryAdapter : public engineio::fakes::engine_test {
 protected:
  void SetUp() override { start_server(core_options()); }

  // Starts the engine with one shard unless it has started.
  void start_server(core_options options) {
    if (!engine_) start();
    core_.emplace(*engine_, std::move(options));
    main_.emplace(core_->of("/"));
    main_->on("connection", [this](const socket& joined) { last_joined_ = joined; });
  }

  void TearDown() override {
    members_.clear();
    last_joined_.reset();
    main_.reset();
    core_.reset();
  }

  socket& join_as(const std::string& name, const room_list& rooms = std::vector<std::string>{},
                  std::size_t shard = 0) {
    auto client = open_websocket_client(shard);
    receive(client, "40");
    client->sent.clear();
    auto& added = members_.emplace(name, member{std::move(client), last_joined_.value()})
                      .first->second.handle;
    run([&] { added.join(rooms); });
    return added;
  }

  // The names of those who received an event since the last call; each as often as it did.
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

  socket& member_of(const std::string& name) { return members_.at(name).handle; }
  [[nodiscard]] std::size_t members_count() const { return members_.size(); }

  io_namespace& everyone() { return *main_; }

 private:
  struct member {
    std::shared_ptr<engineio::fakes::websocket_client> client;
    socket handle;
  };

  std::shared_ptr<engineio::fakes::websocket_client> open_websocket_client(std::size_t shard) {
    const auto opened =
        request(engineio::fakes::make_upgrade_request("EIO=4&transport=websocket"), shard);
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

TEST_F(MemoryAdapter, ForgetsDisconnectedSockets) {
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

// Members and memberships name each other's positions, which change with every leave; and a few
// memberships are kept in another way than many.
TEST_F(MemoryAdapter, StaysConsistentWhileManyComeAndGo) {
  constexpr std::size_t count = 12;
  const auto name_of = [](std::size_t i) { return std::string(1, static_cast<char>('a' + i)); };
  std::vector<socket> sockets;
  for (std::size_t i = 0; i < count; ++i) sockets.push_back(join_as(name_of(i)));
  std::map<std::string, std::set<std::string>> members;
  std::map<std::string, std::vector<std::string>> rooms;
  std::size_t state = 1;
  const auto next = [&](std::size_t limit) {
    state = (state * 1103515245 + 12345) % 2147483648U;
    return (state >> 8U) % limit;
  };
  for (const std::size_t room_count : {5U, 60U, 10U}) {
    for (int step = 0; step < 1500; ++step) {
      const auto which = next(count);
      const auto name = name_of(which);
      const auto room = "room" + std::to_string(next(room_count));
      if (next(8) < 5) {
        run([&] { sockets[which].join(room); });
        if (members[room].insert(name).second) rooms[name].push_back(room);
      } else {
        run([&] { sockets[which].leave(room); });
        members[room].erase(name);
        std::erase(rooms[name], room);
      }
    }
    for (const auto& [room, names] : members) {
      run([&, target = room] { everyone().to(target).emit("e"); });
      EXPECT_THAT(receivers(), ::testing::ElementsAreArray(names)) << room;
    }
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(rooms_of(name_of(i)), rooms[name_of(i)]);
  }
  for (std::size_t i = 0; i < count; ++i) leave_server(name_of(i));
  EXPECT_EQ(everyone().rooms_count(), 0U);
}

// --- The room of a socket's own

TEST_F(MemoryAdapter, LeavesAndJoinsTheRoomOfASocketsOwn) {
  auto& left = join_as("a", "x");
  const auto id = left.id();
  join_as("b");
  run([&] { everyone().except(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("b"));
  run([&] { left.leave(id); });
  EXPECT_THAT(left.rooms(), ElementsAre("x"));
  EXPECT_EQ(everyone().rooms_count(), 2U);
  run([&] { everyone().to(id).emit("e"); });
  EXPECT_THAT(receivers(), IsEmpty());
  run([&] { everyone().except(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b"));
  run([&] {
    left.join({id, id});
    everyone().to({id, "x"}).emit("e");
  });
  EXPECT_THAT(receivers(), ElementsAre("a"));
  EXPECT_THAT(left.rooms(), ElementsAre(id, "x"));
  EXPECT_EQ(everyone().rooms_count(), 3U);
}

TEST_F(MemoryAdapter, LetsOthersIntoTheRoomOfASocketsOwn) {
  auto& host = join_as("a", "x");
  auto& guest = join_as("b", "x");
  join_as("c");
  const auto id = host.id();
  run([&] { guest.join(id); });
  run([&] { everyone().to(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b"));
  run([&] { everyone().except(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("c"));
  EXPECT_THAT(host.rooms(), ElementsAre(id, "x"));
  EXPECT_THAT(guest.rooms(), ElementsAre(guest.id(), "x", id));
  EXPECT_EQ(everyone().rooms_count(), 4U);

  run([&] { host.leave(id); });
  run([&] { everyone().to(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("b"));
  EXPECT_EQ(everyone().rooms_count(), 4U);
  run([&] { host.join(id); });
  EXPECT_THAT(host.rooms(), ElementsAre(id, "x"));
  run([&] { guest.leave(id); });
  run([&] { everyone().to(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a"));
  EXPECT_EQ(everyone().rooms_count(), 4U);

  // The guest stays in the room when the host disconnects.
  run([&] { guest.join(id); });
  leave_server("a");
  EXPECT_THAT(rooms_of("b"), ElementsAre("x", id));
  run([&] { everyone().to(id).emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("b"));
}

TEST_F(MemoryAdapter, FindsSocketsByTheirIds) {
  auto& first = join_as("a");
  auto& second = join_as("b");
  join_as("c");
  const std::vector<std::string> ids{first.id(), second.id()};
  run([&] { everyone().to(ids).sockets_join(first.id()); });
  EXPECT_THAT(rooms_of("a"), IsEmpty());
  EXPECT_THAT(rooms_of("b"), ElementsAre(first.id()));
  std::vector<std::string> fetched;
  run([&] {
    everyone().to(ids).fetch_sockets([&](error_code, const std::vector<remote_socket>& found) {
      for (const auto& each : found) fetched.push_back(each.id());
    });
  });
  EXPECT_THAT(fetched, ::testing::UnorderedElementsAreArray(ids));
  run([&] { everyone().to(first.id()).sockets_leave(first.id()); });
  EXPECT_THAT(first.rooms(), IsEmpty());
  EXPECT_THAT(second.rooms(), ElementsAre(second.id()));
  run([&] { everyone().to(second.id()).disconnect_sockets(); });
  EXPECT_EQ(everyone().sockets_count(), 2U);
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
  std::vector<remote_socket> fetched;
  run([&] {
    everyone().to("x").fetch_sockets([&](error_code error, std::vector<remote_socket> found) {
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

TEST_F(MemoryAdapter, DropsVolatileEventsForBusySockets) {
  join_as("a");
  join_as("b");
  client_of("b").is_writable = false;
  run([&] { everyone().volatile_().emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a"));
  run([&] { everyone().emit("e"); });
  EXPECT_THAT(receivers(), ElementsAre("a", "b"));
}

// --- Several shards

class MemoryAdapterOnShards : public MemoryAdapter {
 protected:
  static constexpr std::size_t shard_count = 3;

  void SetUp() override {
    start(shard_count);
    start_server(core_options());
  }
};

TEST_F(MemoryAdapterOnShards, TakesOnePostForEachShard) {
  for (const auto* name : {"a", "b", "c", "d", "e", "f"}) {
    join_as(name, "x", members_count() % shard_count);
  }
  const auto host = member_of("a").id();
  run([&] { member_of("b").join(host); });
  // The calls come from outside the context, so that the adapter has to post.
  const auto handlers_of = [&](auto call) {
    call();
    return context_.poll();
  };
  EXPECT_EQ(handlers_of([&] { everyone().to({"x", host}).emit("e"); }), shard_count);
  EXPECT_THAT(receivers(), ElementsAre("a", "b", "c", "d", "e", "f"));
  EXPECT_EQ(handlers_of([&] { everyone().to(host).emit("e"); }), shard_count);
  EXPECT_THAT(receivers(), ElementsAre("a", "b"));
  EXPECT_EQ(everyone().rooms_count(), 7U);
}

}  // namespace
}  // namespace socketio
