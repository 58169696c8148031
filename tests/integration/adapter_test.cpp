// Adapters: of two servers that a bus connects, and of adapters that do not do their work.
#include <algorithm>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "bus_adapter.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using socketio::ack;
using socketio::adapter_context;
using socketio::error;
using socketio::error_code;
using socketio::json;
using socketio::remote_socket;
using socketio::socket;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
namespace asio = boost::asio;

// Two servers, each with the clients that the tests connect to it.
class cluster : public ::testing::TestWithParam<std::size_t> {
 protected:
  struct member {
    std::unique_ptr<socket_client> client;
    socketio::socket socket;
  };

  cluster() {
    for (auto* server : {&one, &two}) {
      server->io.on("connection", [this](const socket& joined) {
        joined.on("ask", [](const std::string& what, const ack& reply) { reply("got " + what); });
        accepted.push(joined);
      });
    }
  }

  socketio::server_options options() {
    auto chosen = options_with(GetParam());
    chosen.adapter = [this](adapter_context& context) {
      const std::scoped_lock lock(mutex);
      server_ids.insert(context.server_id());
      return network.make(context);
    };
    return chosen;
  }

  member connect(server_fixture& server,
                 const socketio::room_list& rooms = std::vector<std::string>{}) {
    auto client = std::make_unique<socket_client>(server.where());
    client->connect();
    const auto joined = accepted.pop();
    joined.join(rooms);
    return {std::move(client), joined};
  }

  // Which of these clients receive an event that `emit` sends from the first server. Then an event
  // to all ends the wait.
  template <class Emit>
  std::string receivers(const std::vector<const member*>& members, Emit emit) {
    emit("wanted");
    one.io.emit("end");
    std::string result;
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (auto packet = members[i]->client->next(); packet != R"(2["end"])";
           packet = members[i]->client->next()) {
        if (packet == R"(2["wanted"])") result += static_cast<char>('a' + i);
        if (packet == "(end)") throw std::runtime_error("the connection ended");
      }
    }
    return result;
  }

  // The socket with an id among those that the first server finds.
  remote_socket fetch(const std::string& id) {
    const auto found = one.io.in(id).fetch_sockets(asio::use_future).get();
    if (found.size() != 1) throw std::runtime_error("no such socket");
    return found.front();
  }

  bus network;
  std::mutex mutex;
  std::set<std::string> server_ids;
  channel<socket> accepted;
  server_fixture one{options()};
  server_fixture two{options()};
};
INSTANTIATE_TEST_SUITE_P(threads, cluster, ::testing::Values(1, 3), threads_name);

TEST_P(cluster, broadcasts_reach_the_sockets_of_all_servers) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto a = connect(one, "red");
  const auto b = connect(one);
  const auto c = connect(two, "red");
  const auto d = connect(two, {"red", "muted"});
  const std::vector<const member*> all{&a, &b, &c, &d};
  const auto& io = one.io;

  EXPECT_EQ(receivers(all, [&](auto event) { io.emit(event); }), "abcd");
  EXPECT_EQ(receivers(all, [&](auto event) { io.to("red").emit(event); }), "acd");
  EXPECT_EQ(receivers(all, [&](auto event) { io.to("red").except("muted").emit(event); }), "ac");
  EXPECT_EQ(receivers(all, [&](auto event) { io.to(c.socket.id()).emit(event); }), "c");
  EXPECT_EQ(receivers(all, [&](auto event) { io.local().emit(event); }), "ab");
  EXPECT_EQ(receivers(all, [&](auto event) { a.socket.to("red").emit(event); }), "cd");
  EXPECT_EQ(receivers(all, [&](auto event) { io.volatile_().emit(event); }), "abcd");
  EXPECT_EQ(server_ids.size(), 2U) << "each server has an id of its own";
}

TEST_P(cluster, a_server_whose_adapters_cannot_be_made_does_not_serve) {
  bool fails = false;
  auto chosen = options_with(GetParam());
  chosen.adapter = [&](adapter_context& context) {
    if (fails) throw std::runtime_error("on purpose");
    return network.make(context);
  };
  server_fixture third(chosen);
  third.io.on("connection", [this](const socket& joined) { accepted.push(joined); });
  {
    const auto running = third.start();
    const auto a = connect(third);
  }
  fails = true;
  EXPECT_THROW(third.io.listen(0), std::runtime_error);
  fails = false;
  const auto running = third.start();
  const auto b = connect(third);
  EXPECT_EQ(third.io.server_count(asio::use_future).get(), 3U);
}

TEST_P(cluster, servers_that_listen_again_are_part_of_it_again) {
  const auto running_too = two.start();
  for (int i = 0; i < 2; ++i) {
    const auto running = one.start();
    auto a = connect(one);
    const auto b = connect(two);
    EXPECT_EQ(two.io.server_count(asio::use_future).get(), 2U);
    two.io.emit("to all");
    EXPECT_EQ(a.client->next(), R"(2["to all"])");
    EXPECT_EQ(b.client->next(), R"(2["to all"])");
    one.io.close();
    EXPECT_EQ(a.client->next(), "(end)");
    a.client.reset();
    one.close();
    EXPECT_EQ(two.io.server_count(asio::use_future).get(), 1U);
  }
}

TEST_P(cluster, broadcasts_carry_bytes) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto there = connect(two);
  one.io.emit("bytes", socketio::binary{std::byte{1}, std::byte{2}});
  EXPECT_EQ(there.client->next(), R"(51-["bytes",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(there.client->next(), "(binary)\x01\x02");
}

TEST_P(cluster, broadcasts_collect_the_acknowledgements_of_all_servers) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto a = connect(one);
  const auto b = connect(two);
  const auto c = connect(two);
  auto answers = one.io.timeout(patience).emit_with_ack("question", 1, asio::use_future);
  for (const auto* each : {&a, &b, &c}) {
    const auto asked = each->client->next();
    each->client->send("3" + asked.substr(1, asked.find('[') - 1) + "[\"" + each->socket.id() +
                       "\"]");
  }
  std::vector<std::string> ids;
  for (const auto& [id, value] : answers.get().received) {
    EXPECT_EQ(value, id);
    ids.push_back(id);
  }
  EXPECT_THAT(ids, UnorderedElementsAre(a.socket.id(), b.socket.id(), c.socket.id()));
}

TEST_P(cluster, servers_emit_to_each_other) {
  channel<std::string> told;
  one.io.on_server_side("hello", [&](int number) { told.push("one " + std::to_string(number)); });
  two.io.on_server_side("hello", [&](int number, const std::string& text) {
    told.push("two " + text);
    return number + 1;
  });
  const auto once = two.io.once_server_side("once", [&] { told.push("once"); });
  two.io.on_server_side("bad", [](int) {});
  const auto running = one.start();
  const auto running_too = two.start();
  one.io.server_side_emit("hello", 1, "text");
  EXPECT_EQ(told.pop(), "two text");
  const auto answers =
      one.io.server_side_emit_with_ack<int>("hello", 1, "again", asio::use_future).get();
  EXPECT_EQ(told.pop(), "two again");
  ASSERT_EQ(answers.received.size(), 1U);
  EXPECT_EQ(answers.received.front().value, 2);
  EXPECT_EQ(one.io.server_side()
                .timeout(20ms)
                .emit_with_ack("nobody", asio::use_future)
                .get()
                .missing.size(),
            1U);
  one.io.server_side_emit("once");
  one.io.server_side_emit("once");
  EXPECT_EQ(told.pop(), "once");
  one.io.server_side_emit("bad", "text");
  EXPECT_EQ(two.errors.pop().substr(0, 17), "event of a server");
  two.io.off(once);
  two.io.off("hello");
  one.io.server_side_emit("hello", 1, "nobody");
  one.io.of("/other").server_side_emit("hello", 1, "another namespace");
  two.io.server_side_emit("hello", 5);
  EXPECT_EQ(told.pop(), "one 5");
  EXPECT_TRUE(told.empty());
}

TEST_P(cluster, acknowledgements_that_do_not_come_time_out) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto a = connect(one);
  const auto b = connect(two);
  std::promise<std::pair<error_code, std::vector<std::string>>> told;
  one.io.timeout(300ms).emit("question", [&](error_code failure, std::vector<std::string> answers) {
    told.set_value({failure, std::move(answers)});
  });
  const auto asked = b.client->next();
  b.client->send("3" + asked.substr(1, asked.find('[') - 1) + "[\"b\"]");
  const auto [failure, answers] = told.get_future().get();
  EXPECT_EQ(failure, error::timed_out);
  EXPECT_THAT(answers, ElementsAre("b"));
}

TEST_P(cluster, finds_the_sockets_of_all_servers) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto a = connect(one, "red");
  const auto b = connect(two, {"red", "blue"});
  const auto c = connect(two);
  b.socket.set_data({{"name", "Bea"}});
  const auto ids = [](const std::vector<remote_socket>& sockets) {
    std::vector<std::string> all;
    for (const auto& each : sockets) all.push_back(each.id());
    return all;
  };
  EXPECT_THAT(ids(one.io.fetch_sockets(asio::use_future).get()),
              UnorderedElementsAre(a.socket.id(), b.socket.id(), c.socket.id()));
  EXPECT_THAT(ids(one.io.in("red").fetch_sockets(asio::use_future).get()),
              UnorderedElementsAre(a.socket.id(), b.socket.id()));
  EXPECT_THAT(ids(one.io.local().fetch_sockets(asio::use_future).get()),
              ElementsAre(a.socket.id()));
  const auto found = fetch(b.socket.id());
  EXPECT_THAT(found.rooms(), ElementsAre(b.socket.id(), "red", "blue"));
  EXPECT_EQ(found.data(), (json{{"name", "Bea"}}));
  EXPECT_EQ(found.handshake().address(), "127.0.0.1");
  EXPECT_EQ(found.handshake().time(), b.socket.handshake().time());
}

TEST_P(cluster, a_remote_socket_receives_and_answers) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto here = connect(one);
  const auto there = connect(two);
  for (const auto* each : {&here, &there}) {
    const auto remote = fetch(each->socket.id());
    remote.emit("hello", 1);
    EXPECT_EQ(each->client->next(), R"(2["hello",1])");
    remote.volatile_().emit("hello", 2);
    EXPECT_EQ(each->client->next(), R"(2["hello",2])");

    auto answer = remote.timeout(patience).emit_with_ack("question", asio::use_future);
    auto asked = each->client->next();
    each->client->send("3" + asked.substr(1, asked.find('[') - 1) + R"(["one",2])");
    EXPECT_EQ(answer.get(), "one") << "one client's answer, not a list";

    std::promise<std::string> told;
    remote.emit("question", [&](std::string text) { told.set_value(std::move(text)); });
    asked = each->client->next();
    each->client->send("3" + asked.substr(1, asked.find('[') - 1) + R"(["text"])");
    EXPECT_EQ(told.get_future().get(), "text");
  }
}

TEST_P(cluster, who_waits_for_a_remote_socket_is_answered_without_it) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto there = connect(two);
  const auto remote = fetch(there.socket.id());
  const auto failure_of = [&](auto emitter) {
    std::promise<error_code> told;
    emitter.emit("question", [&](error_code failure, const json&) { told.set_value(failure); });
    return told.get_future().get();
  };
  EXPECT_EQ(failure_of(remote.timeout(100ms)), error::timed_out);

  std::promise<error_code> told;
  remote.emit("question", [&](error_code failure, const json&) { told.set_value(failure); });
  static_cast<void>(there.client->next());
  static_cast<void>(there.client->next());
  remote.disconnect(true);
  EXPECT_EQ(told.get_future().get(), error::disconnected);
  EXPECT_EQ(failure_of(remote), error::disconnected) << "it is on no server any more";
}

TEST_P(cluster, changes_the_rooms_of_sockets_elsewhere) {
  const auto running = one.start();
  const auto running_too = two.start();
  const auto a = connect(one, "red");
  const auto b = connect(two, "red");
  const std::vector<const member*> all{&a, &b};
  const auto in = [&](const char* room) {
    return receivers(all, [&](auto event) { one.io.to(room).emit(event); });
  };
  one.io.in("red").sockets_join({"blue", "green"});
  EXPECT_EQ(in("blue"), "ab");
  one.io.sockets_leave("green");
  EXPECT_EQ(in("green"), "");
  const auto remote = fetch(b.socket.id());
  remote.join({"gold", "silver"});
  EXPECT_EQ(in("gold"), "b");
  remote.leave("gold");
  EXPECT_EQ(in("gold"), "");
  EXPECT_EQ(in("silver"), "b");
  one.io.in("silver").disconnect_sockets();
  EXPECT_EQ(b.client->next(), "1");
}

TEST_P(cluster, counts_its_servers) {
  const auto running = one.start();
  {
    const auto running_too = two.start();
    EXPECT_EQ(one.io.server_count(asio::use_future).get(), 2U);
    EXPECT_EQ(two.io.of("/other").server_count(asio::use_future).get(), 1U)
        << "the other server has no such namespace";
  }
  EXPECT_EQ(one.io.server_count(asio::use_future).get(), 1U);
}

// --- This server's sockets

class rooms_of_a_server : public server_test {};
INSTANTIATE_TEST_SUITE_P(threads, rooms_of_a_server, ::testing::Values(1, 3), threads_name);

TEST_P(rooms_of_a_server, are_listed_with_their_sizes) {
  channel<socket> accepted;
  server.io.on("connection", [&](const socket& joined) {
    joined.join(accepted.empty() ? socketio::room_list{"hall"}
                                 : socketio::room_list{"hall", "attic"});
    accepted.push(joined);
  });
  const auto running = server.start();
  const auto first_client = connect();
  const auto second_client = connect();
  const auto first = accepted.pop();
  const auto second = accepted.pop();
  const auto& io = server.io;

  std::map<std::string, std::size_t> sizes;
  for (const auto& [name, count] : io.rooms()) sizes.emplace(name, count);
  const std::map<std::string, std::size_t> expected{
      {first.id(), 1}, {second.id(), 1}, {"hall", 2}, {"attic", 1}};
  EXPECT_EQ(sizes, expected);
  EXPECT_EQ(io.rooms_count(), 4U);
  EXPECT_EQ(io.sockets_count("hall"), 2U);
  EXPECT_EQ(io.sockets_count("cellar"), 0U);
  EXPECT_THAT(io.sockets(), UnorderedElementsAre(first, second));
  EXPECT_EQ(io.find_socket(second.id()), second);
  EXPECT_EQ(io.find_socket("nobody"), std::nullopt);
  EXPECT_EQ(io.server_count(asio::use_future).get(), 1U);
}

TEST_P(rooms_of_a_server, tell_their_observers) {
  struct last_room final : socketio::room_observer {
    channel<std::string>& deleted;
    explicit last_room(channel<std::string>& target) : deleted(target) {}
    void delete_room(std::string_view room) override { deleted.push(std::string(room)); }
  };
  channel<std::string> deleted;
  server.io.add_room_observer(std::make_shared<last_room>(deleted));
  channel<socket> accepted;
  channel<std::string> gone;
  server.io.on("connection", [&](const socket& joined) {
    joined.join("hall");
    joined.on("disconnect", [&](const std::string& reason) { gone.push(reason); });
    accepted.push(joined);
  });
  const auto running = server.start();
  auto client = connect();
  const auto id = accepted.pop().id();
  client->send("1");
  EXPECT_EQ(deleted.pop(), id);
  EXPECT_EQ(deleted.pop(), "hall");
  EXPECT_EQ(gone.pop(), "client namespace disconnect");
  EXPECT_EQ(server.io.find_socket(id), std::nullopt);
}

// --- Adapters that do not do their work

// Completes operations in a way that the test chooses.
class odd_adapter final : public socketio::adapter {
 public:
  using completion = socketio::adapter_completion<std::size_t>;

  odd_adapter(adapter_context& context, std::function<void(completion)> complete)
      : context_(context), complete_(std::move(complete)) {}

  void broadcast(const socketio::encoded_arguments& /*event*/,
                 const socketio::broadcast_options& /*options*/) override {
    throw std::runtime_error("no network");
  }
  void broadcast_with_ack(const socketio::encoded_arguments& event,
                          const socketio::broadcast_options& options, std::uint64_t ack_id,
                          socketio::ack_collector collector) override {
    context_.local().broadcast_with_ack(event, options, ack_id, std::move(collector));
  }
  void cancel_acks(std::uint64_t /*ack_id*/) override { throw std::runtime_error("no network"); }
  void fetch_sockets(const socketio::broadcast_options& options,
                     socketio::adapter_completion<std::vector<remote_socket>> fetched) override {
    context_.local().fetch_sockets(options, std::move(fetched));
  }
  void sockets_join(const socketio::broadcast_options& /*options*/,
                    const std::vector<std::string>& /*rooms*/) override {}
  void sockets_leave(const socketio::broadcast_options& /*options*/,
                     const std::vector<std::string>& /*rooms*/) override {}
  void disconnect_sockets(const socketio::broadcast_options& /*options*/, bool /*close*/) override {
  }
  void server_side_emit(const socketio::encoded_arguments& /*event*/) override {}
  void server_side_emit_with_ack(const socketio::encoded_arguments& /*event*/,
                                 std::uint64_t /*ack_id*/,
                                 socketio::ack_collector /*collector*/) override {}
  void server_count(completion counted) override { complete_(std::move(counted)); }

 private:
  adapter_context& context_;
  std::function<void(completion)> complete_;
};

class odd_adapters : public ::testing::Test {
 protected:
  socketio::server_options options() {
    auto chosen = options_with(2);
    chosen.adapter = [this](adapter_context& context) {
      return std::make_unique<odd_adapter>(
          context, [this](const odd_adapter::completion& counted) { complete(counted); });
    };
    return chosen;
  }

  std::function<void(const odd_adapter::completion&)> complete;
  server_fixture server{options()};
};

TEST_F(odd_adapters, that_forget_a_completion_still_answer) {
  complete = [](const odd_adapter::completion&) {};
  const auto running = server.start();
  channel<error_code> told;
  server.io.server_count([&](error_code failure, std::size_t) { told.push(failure); });
  EXPECT_EQ(told.pop(), asio::error::operation_aborted);
}

TEST_F(odd_adapters, that_answer_twice_answer_once) {
  complete = [](const odd_adapter::completion& counted) {
    counted({}, 3);
    counted(error::timed_out, 0);
  };
  const auto running = server.start();
  channel<std::size_t> told;
  server.io.server_count([&](error_code, std::size_t count) { told.push(count); });
  EXPECT_EQ(told.pop(), 3U);
  std::promise<void> later;
  server.io.post([&] { later.set_value(); });
  later.get_future().get();
  EXPECT_TRUE(told.empty());
}

TEST_F(odd_adapters, that_throw_tell_the_caller_and_whoever_waits_is_answered) {
  const auto running = server.start();
  EXPECT_THROW(server.io.emit("news"), std::runtime_error);
  channel<error_code> told;
  server.io.emit("question", [&](error_code failure, const json&) { told.push(failure); });
  EXPECT_EQ(told.pop(), error_code());
  EXPECT_EQ(server.errors.pop(), "adapter: no network");
}

}  // namespace
