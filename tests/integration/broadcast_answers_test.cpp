// The acknowledgements of broadcasts: partial, by id, one by one; and events between servers.
#include <gmock/gmock.h>
#include <boost/asio/use_future.hpp>

#include <map>

#include "server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;
using boost::asio::use_future;
using socketio::broadcast_answers;
using socketio::each_answer;
using socketio::error;
using socketio::error_code;
using socketio::json;
using socketio::socket;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// Answers the question that a client receives next.
void answer(socket_client& client, std::string_view values) {
  const auto asked = client.next();
  client.send("3" + asked.substr(1, asked.find('[') - 1) + std::string(values));
}

class answers : public server_test {
 protected:
  answers() : running(server.start()) {
    for (int i = 0; i < 3; ++i) {
      clients.push_back(std::make_unique<socket_client>(server.where()));
      ids.push_back(clients.back()->connect());
    }
  }

  server_fixture::running running;
  std::vector<std::unique_ptr<socket_client>> clients;
  std::vector<std::string> ids;
};
INSTANTIATE_TEST_SUITE_P(threads, answers, ::testing::Values(1, 3), threads_name);

TEST_P(answers, are_partial_when_time_is_up) {
  auto future = server.io.timeout(200ms).emit_with_ack<int>("number", use_future);
  answer(*clients[0], "[7]");
  answer(*clients[1], R"(["text"])");
  const auto given = future.get();
  ASSERT_EQ(given.received.size(), 1U);
  EXPECT_EQ(given.received.front().id, ids[0]);
  EXPECT_EQ(given.received.front().value, 7);
  EXPECT_THAT(given.missing, UnorderedElementsAre(ids[1], ids[2]));
  EXPECT_EQ(given.error, error::timed_out);
}

TEST_P(answers, name_who_has_gone) {
  auto future = server.io.emit_with_ack("number", use_future);
  answer(*clients[0], "[7]");
  answer(*clients[1], "[8]");
  EXPECT_EQ(clients[2]->next().back(), ']');
  clients[2].reset();
  const auto given = future.get();
  EXPECT_EQ(given.received.size(), 2U);
  EXPECT_THAT(given.missing, ElementsAre(ids[2]));
  EXPECT_EQ(given.error, error::disconnected);
}

TEST_P(answers, come_to_callbacks_with_their_ids) {
  channel<broadcast_answers<int>> told;
  server.io.except(ids[2]).emit("number", [&](error_code failure, broadcast_answers<int> given) {
    EXPECT_EQ(failure, given.error);
    told.push(std::move(given));
  });
  answer(*clients[0], "[7]");
  answer(*clients[1], "[8]");
  const auto given = told.pop();
  std::map<std::string, int> by_id;
  for (const auto& [id, value] : given.received) by_id[id] = value;
  EXPECT_EQ(by_id, (std::map<std::string, int>{{ids[0], 7}, {ids[1], 8}}));
  EXPECT_FALSE(given.error);
}

TEST_P(answers, come_one_by_one) {
  channel<std::tuple<std::string, error_code, int>> told;
  server.io.timeout(200ms).emit(
      "number", 1, each_answer([&](std::string_view id, error_code failure, int value) {
        told.push({std::string(id), failure, value});
      }));
  answer(*clients[1], "[8]");
  EXPECT_EQ(told.pop(), std::tuple(ids[1], error_code(), 8));
  answer(*clients[0], R"(["text"])");
  EXPECT_EQ(told.pop(), std::tuple(ids[0], make_error_code(error::bad_answer), 0));
  EXPECT_EQ(told.pop(), std::tuple(ids[2], make_error_code(error::timed_out), 0));
  EXPECT_TRUE(told.empty());
}

TEST_P(answers, of_nobody_are_none) {
  auto future = server.io.to("nobody").emit_with_ack("number", use_future);
  const auto given = future.get();
  EXPECT_TRUE(given.received.empty());
  EXPECT_TRUE(given.missing.empty());
  EXPECT_FALSE(given.error);
}

TEST(answer, is_awaited_for_the_time_of_the_option) {
  auto options = options_with(1);
  options.broadcast_ack_timeout = 20ms;
  server_fixture server(options);
  const auto running = server.start();
  socket_client client(server.where());
  const auto id = client.connect();
  const auto given = server.io.emit_with_ack("number", use_future).get();
  EXPECT_THAT(given.missing, ElementsAre(id));
  EXPECT_EQ(given.error, error::timed_out);
  options.broadcast_ack_timeout = -1ms;
  EXPECT_THROW(socketio::server{options}, std::invalid_argument);
}

// --- Between servers

TEST_P(answers, of_other_servers_are_none_on_one_server) {
  server.io.on_server_side("hello", [] { return 1; });
  server.io.server_side_emit("hello", 1);
  const auto given = server.io.server_side_emit_with_ack("hello", 1, use_future).get();
  EXPECT_TRUE(given.received.empty());
  EXPECT_TRUE(given.missing.empty());
  EXPECT_FALSE(given.error);
  for (const auto* name : {"connection", "connect", "new_namespace", "disconnect"}) {
    EXPECT_THROW(server.io.server_side_emit(name), std::invalid_argument) << name;
  }
}

}  // namespace
