// HTTP on a connection whose peer, network and clock are the test.
#include "http/http_connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_carrier.hpp"
#include "fake_host.hpp"

namespace socketio::detail {
namespace {

using namespace std::chrono_literals;
using engineio::http_exchange;
using fakes::fake_carrier;
using fakes::fake_host;
using fakes::max_body;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// A body of so many letters, which fails at its end if it announces more.
class letters final : public body_source {
 public:
  letters(std::uint64_t announced, std::uint64_t there) : announced_(announced), left_(there) {}

  [[nodiscard]] std::uint64_t size() const override { return announced_; }
  [[nodiscard]] std::size_t read(std::span<char> buffer) override {
    const auto count = std::min<std::uint64_t>(buffer.size(), left_);
    std::fill_n(buffer.begin(), count, 'x');
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t announced_;
  std::uint64_t left_;
};

// What follows an upgrade.
class next_protocol final : public connection_protocol {
 public:
  void receive(std::span<char>& data) override {
    received.append(data.data(), data.size());
    data = {};
  }
  void ended(std::string_view /*error*/) override {}
  void timed_out() override {}
  void shut_down() override {}
  void abandoned() override {}

  std::string received;
};

class http_connections : public ::testing::Test {
 protected:
  http_connections() {
    connection.protocol = http;
    http->begin();
  }
  // Requests that still wait must not answer any more.
  ~http_connections() override { protocol().abandoned(); }

  static std::string get(std::string_view target, std::string_view fields = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  }
  static std::string post(std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
  }
  // The only request that waits.
  std::unique_ptr<http_exchange> pop() {
    EXPECT_EQ(host.exchanges.size(), 1U);
    auto exchange = std::move(host.exchanges.back());
    host.exchanges.pop_back();
    return exchange;
  }
  // Answers the only request that waits with its own target.
  void answer() {
    const auto exchange = pop();
    exchange->respond(http_response(200, "text/plain", std::string(exchange->request().target)));
    connection.run();
  }
  // The interface through which a connection calls it.
  connection_protocol& protocol() { return *http; }

  fakes::shards shards;
  fake_host host;
  fake_carrier connection{shards};
  std::shared_ptr<http_connection> http = std::make_shared<http_connection>(host, connection);
};

TEST_F(http_connections, serve_a_request_in_any_pieces) {
  const auto request = post("body");
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    connection.receive(request.substr(0, cut));
    ASSERT_THAT(host.exchanges, IsEmpty()) << cut;
    connection.receive(request.substr(cut));
    EXPECT_EQ(host.exchanges.at(0)->request().body, "body");
    EXPECT_EQ(host.exchanges.at(0)->request().remote_address, "192.0.2.1");
    answer();
    const auto response = connection.take_sent();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, HasSubstr("By: handler\r\n"));
    EXPECT_TRUE(response.ends_with("\r\n\r\n/"));
  }
}

TEST_F(http_connections, serve_pipelined_requests_one_after_the_other) {
  connection.receive(get("/1") + get("/2") + post("three").substr(0, 20));
  ASSERT_EQ(host.exchanges.size(), 1U);
  EXPECT_EQ(host.exchanges[0]->request().target, "/1");
  answer();
  ASSERT_EQ(host.exchanges.size(), 1U);
  EXPECT_EQ(host.exchanges[0]->request().target, "/2");
  answer();
  EXPECT_THAT(host.exchanges, IsEmpty());
  connection.receive(post("three").substr(20));
  EXPECT_EQ(host.exchanges.at(0)->request().body, "three");
  EXPECT_THAT(host.firsts, ElementsAre(true, false, false));
}

TEST_F(http_connections, hold_pipelined_requests_back_until_the_client_reads) {
  connection.block();
  connection.receive(get("/1") + get("/2"));
  answer();
  EXPECT_THAT(host.exchanges, IsEmpty());
  EXPECT_EQ(connection.deadline, host.settings.write_timeout);
  connection.make_room(1'000'000);
  ASSERT_EQ(host.exchanges.size(), 1U);
  EXPECT_EQ(host.exchanges[0]->request().target, "/2");
}

TEST_F(http_connections, stay_open_as_both_sides_want) {
  struct expectation {
    const char* request;
    const char* field;  // of the response
    bool open;
  };
  for (const auto& [request, field, open] : std::vector<expectation>{
           {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", true},
           {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "", false},
           {"GET / HTTP/1.0\r\n\r\n", "", false},
           {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", true},
           {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "close", false},
       }) {
    fake_carrier other(shards);
    const auto served = std::make_shared<http_connection>(host, other);
    other.protocol = served;
    other.receive(request);
    http_response response(204);
    if (*field != '\0') response.headers.append("Connection", field);
    pop()->respond(std::move(response));
    other.run();
    EXPECT_EQ(!other.finished, open) << request << field;
    EXPECT_EQ(other.sent.find("Connection: close\r\n") == std::string::npos, open) << request;
  }
}

TEST_F(http_connections, close_after_the_refusal_of_an_upgrade) {
  connection.receive(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  pop()->respond(http_response(400));
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_connections, refuse_malformed_requests) {
  connection.receive("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(connection.sent, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(connection.finished);
  EXPECT_THAT(host.failures, IsEmpty()) << "the host does not know the request";
}

TEST_F(http_connections, refuse_a_declared_length_above_the_limit) {
  connection.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(connection.sent, HasSubstr("By: host\r\n"));
  EXPECT_TRUE(connection.finished);
  EXPECT_FALSE(host.cut_off_body) << "the host is not asked";
  EXPECT_THAT(host.failures, ElementsAre("payload too large"));
}

TEST_F(http_connections, refuse_a_chunked_body_where_it_exceeds_the_limit) {
  connection.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  connection.receive("3e8\r\n" + std::string(max_body, 'x') + "\r\n");
  EXPECT_THAT(connection.sent, IsEmpty());
  connection.receive("1\r\n");
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(connection.finished);
  EXPECT_THAT(host.failures, ElementsAre("payload too large"));
}

TEST_F(http_connections, refuse_a_body_that_the_host_does_not_want) {
  host.refusal = 403;
  connection.receive(post("body"));
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 403 "));
  EXPECT_TRUE(connection.finished);
  EXPECT_THAT(host.exchanges, IsEmpty());
}

TEST_F(http_connections, pass_a_body_to_its_sink_until_it_refuses) {
  host.keeps_body = true;
  connection.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab");
  connection.receive("cd");
  EXPECT_EQ(host.body, "abcd");
  connection.receive("e!");
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 422 "));
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_connections, ask_a_client_that_waits_for_its_body) {
  connection.receive(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(connection.take_sent(), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.receive("body");
  EXPECT_EQ(host.exchanges.at(0)->request().body, "body");
}

TEST_F(http_connections, have_a_deadline_for_each_thing_that_they_wait_for) {
  const auto& settings = host.settings;
  EXPECT_EQ(connection.deadline, settings.header_timeout);
  const auto request = post("body");
  const auto head_end = request.find("body");
  connection.receive(request.substr(0, 5));
  EXPECT_EQ(connection.deadline, settings.header_timeout);
  connection.deadline = 1ms;
  connection.receive(request.substr(5, 5));
  EXPECT_EQ(connection.deadline, 1ms) << "more of the head gives no more time";
  connection.receive(request.substr(10, head_end - 10));
  EXPECT_EQ(connection.deadline, settings.body_timeout);
  connection.deadline = 1ms;
  connection.receive("bo");
  EXPECT_EQ(connection.deadline, 1ms) << "more of the body gives no more time";
  connection.receive("dy");
  EXPECT_EQ(connection.deadline, std::nullopt) << "the response may take its time";
  connection.block();
  answer();
  EXPECT_EQ(connection.deadline, settings.write_timeout);
  connection.deadline = 1ms;
  connection.make_room(10);
  EXPECT_EQ(connection.deadline, settings.write_timeout) << "the client reads";
  connection.make_room(1'000'000);
  EXPECT_EQ(connection.deadline, settings.keep_alive_timeout);
}

TEST_F(http_connections, answer_a_late_client_if_it_has_begun_a_request) {
  connection.receive("GET");
  connection.pass_deadline();
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 408 "));
  EXPECT_TRUE(connection.finished);

  fake_carrier idle(shards);
  const auto waiting = std::make_shared<http_connection>(host, idle);
  idle.protocol = waiting;
  idle.pass_deadline();
  EXPECT_EQ(idle.sent, "");
  EXPECT_TRUE(idle.finished);
}

TEST_F(http_connections, report_a_body_that_comes_too_late) {
  connection.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
  connection.pass_deadline();
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(host.failures, ElementsAre("http request timeout"));
}

TEST_F(http_connections, drop_what_a_client_does_not_read_in_time) {
  connection.block();
  connection.receive(get("/"));
  answer();
  connection.pass_deadline();
  EXPECT_TRUE(connection.dropped);
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_connections, move_to_the_shard_that_has_to_serve_the_request) {
  host.target = shards.second.get();
  connection.receive(post("body").substr(0, 60) + "more");
  EXPECT_EQ(connection.moving_to, shards.second.get());
  EXPECT_FALSE(host.cut_off_body) << "the host decides about the body on the other shard";
  connection.arrive();
  EXPECT_TRUE(host.cut_off_body);
  EXPECT_THAT(host.firsts, ElementsAre(true, false));
  connection.receive("more");
  answer();
  EXPECT_EQ(host.served_on, shards.second.get());
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 200 "));
}

TEST_F(http_connections, answer_for_a_handler_that_does_not) {
  connection.receive(get("/"));
  pop().reset();
  connection.run();
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(connection.sent, HasSubstr("By: host\r\n"));
  EXPECT_FALSE(connection.finished);
}

TEST_F(http_connections, ignore_a_response_to_a_client_that_has_gone) {
  bool aborted = false;
  connection.receive(get("/"));
  const auto exchange = pop();
  exchange->on_abort([&] { aborted = true; });
  connection.lose();
  EXPECT_TRUE(aborted);
  exchange->respond(http_response(200));
  EXPECT_EQ(connection.sent, "");
}

TEST_F(http_connections, report_a_body_that_is_cut_off) {
  connection.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
  host.cut_off_body();
  connection.run();
  EXPECT_EQ(connection.aborted, "the session has ended");
  EXPECT_THAT(host.failures, ElementsAre("data request connection closed prematurely"));
}

TEST_F(http_connections, answer_a_client_that_has_closed_its_side) {
  connection.receive(get("/1") + get("/2"));
  EXPECT_TRUE(connection.end_input());
  EXPECT_EQ(connection.deadline, host.settings.write_timeout);
  answer();
  EXPECT_THAT(connection.take_sent(), HasSubstr("/1"));
  EXPECT_TRUE(connection.end_input());
  answer();
  EXPECT_THAT(connection.take_sent(), HasSubstr("/2"));
  EXPECT_FALSE(connection.finished);
  EXPECT_TRUE(connection.end_input()) << "finish() closes it";
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_connections, end_with_a_client_that_has_closed_its_side_of_a_poll) {
  connection.receive(get("/"));
  const auto exchange = pop();
  exchange->on_abort([] {});
  EXPECT_FALSE(connection.end_input());
}

TEST_F(http_connections, refuse_a_request_that_ends_in_the_middle) {
  connection.receive("GET / HT");
  EXPECT_TRUE(connection.end_input());
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_connections, read_a_body_source_as_the_client_reads) {
  constexpr std::size_t size = 1'000'000;
  connection.block();
  connection.receive(get("/"));
  http_response response(200);
  response.source = std::make_unique<letters>(size, size);
  pop()->respond(std::move(response));
  connection.run();
  EXPECT_LT(connection.output().size(), size / 2) << "it does not read the whole source";
  connection.receive(get("/next"));
  for (int steps = 0; host.exchanges.empty() && steps < 100; ++steps) {
    EXPECT_EQ(connection.deadline, host.settings.write_timeout);
    connection.make_room(size / 10);
  }
  EXPECT_THAT(connection.sent, HasSubstr("Content-Length: 1000000\r\n"));
  EXPECT_TRUE(connection.sent.ends_with("\r\n\r\n" + std::string(size, 'x')));
  EXPECT_EQ(host.exchanges.at(0)->request().target, "/next");
}

TEST_F(http_connections, abort_if_a_body_source_fails) {
  connection.receive(get("/"));
  http_response response(200);
  response.source = std::make_unique<letters>(1000, 10);
  pop()->respond(std::move(response));
  connection.run();
  EXPECT_EQ(connection.aborted, "a body could not be read");
}

TEST_F(http_connections, leave_what_follows_an_upgrade_to_the_next_protocol) {
  const auto next = std::make_shared<next_protocol>();
  host.next_protocol = next;
  connection.receive(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n") + "frame");
  http_response response(101);
  response.headers.append("Connection", "Upgrade");
  const auto websocket = pop()->upgrade(std::move(response), {});
  connection.run();
  EXPECT_NE(websocket, nullptr);
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 101 "));
  EXPECT_EQ(next->received, "frame");
  EXPECT_EQ(connection.deadline, std::nullopt);
  EXPECT_FALSE(connection.asked_to_shut_down);
}

TEST_F(http_connections, answer_the_last_request_when_the_server_closes) {
  connection.receive(get("/1") + get("/2"));
  protocol().shut_down();
  EXPECT_FALSE(connection.finished);
  answer();
  EXPECT_THAT(connection.sent, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(connection.finished);
  EXPECT_THAT(host.exchanges, IsEmpty()) << "the second one is not served";
}

TEST_F(http_connections, close_when_idle_when_the_server_closes) {
  protocol().shut_down();
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_connections, shut_the_next_protocol_down_when_the_server_closes) {
  connection.receive(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  protocol().shut_down();
  const auto websocket = pop()->upgrade(http_response(101), {});
  EXPECT_TRUE(connection.asked_to_shut_down);
}

TEST_F(http_connections, touch_nothing_after_they_were_abandoned) {
  connection.receive(get("/"));
  const auto exchange = pop();
  exchange->on_abort([] { ADD_FAILURE() << "the server is gone"; });
  protocol().abandoned();
  exchange->respond(http_response(200));
  EXPECT_EQ(connection.sent, "");
  EXPECT_THAT(connection.output().size(), 0U);
}

}  // namespace
}  // namespace socketio::detail
