// Requests that wait until the host decides whether they go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "fake_carrier.hpp"
#include "fake_host.hpp"

namespace socketio::detail {
namespace {

using fakes::fake_carrier;
using fakes::fake_host;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class http_admissions : public ::testing::Test {
 protected:
  http_admissions() {
    connection.protocol = http;
    http->begin();
    host.waits = true;
    host.fields = {{"X-Passed", "yes"}};
  }
  // Requests that still wait must not answer any more.
  ~http_admissions() override { protocol().abandoned(); }

  static std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  static std::string head_of_post(std::string_view fields = {}) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n" + std::string(fields) + "\r\n";
  }
  // The host decides: the request goes on.
  void pass() {
    host.decide(std::nullopt);
    connection.run();
  }
  void respond(unsigned status) {
    host.decide(http_response(status));
    connection.run();
  }
  // Answers the only request that the host serves with its own target and body.
  void answer() {
    ASSERT_THAT(host.exchanges, SizeIs(1));
    const auto exchange = std::move(host.exchanges.back());
    host.exchanges.pop_back();
    const auto& request = exchange->request();
    exchange->respond(http_response(200, "text/plain", request.target + request.body));
    connection.run();
  }
  connection_protocol& protocol() { return *http; }

  fakes::shards shards;
  fake_host host;
  fake_carrier connection{shards};
  std::shared_ptr<http_connection> http = std::make_shared<http_connection>(host, connection);
};

TEST_F(http_admissions, let_requests_wait) {
  connection.receive(get("/1") + get("/2"));
  EXPECT_THAT(host.exchanges, IsEmpty());
  EXPECT_EQ(connection.deadline, std::nullopt) << "the application may take its time";
  host.passing->request->attached.set(7);
  pass();
  ASSERT_THAT(host.exchanges, SizeIs(1));
  EXPECT_EQ(*host.exchanges[0]->request().attachment<int>(), 7);
  answer();
  EXPECT_THAT(connection.take_sent(), HasSubstr("X-Passed: yes\r\n"));
  host.passing->fields.set("X-Passed", "too");
  EXPECT_THAT(host.exchanges, IsEmpty()) << "the next one waits, too";
  pass();
  EXPECT_EQ(host.exchanges.at(0)->request().attachment<int>(), nullptr);
  answer();
  EXPECT_THAT(connection.take_sent(), HasSubstr("X-Passed: too\r\n"));
  host.waits = false;
  host.fields = {};
  connection.receive(get("/3"));
  answer();
  EXPECT_THAT(connection.take_sent(), Not(HasSubstr("X-Passed")));
  EXPECT_FALSE(connection.finished);
}

TEST_F(http_admissions, come_before_the_body) {
  connection.receive(head_of_post("Expect: 100-continue\r\n"));
  EXPECT_EQ(connection.sent, "");
  EXPECT_FALSE(host.cut_off_body) << "the host is not yet asked about the body";
  pass();
  EXPECT_EQ(connection.take_sent(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(connection.deadline, host.settings.body_timeout);
  connection.receive("body");
  answer();
  EXPECT_THAT(connection.take_sent(), HasSubstr("/body"));
}

TEST_F(http_admissions, leave_a_body_that_has_arrived_to_a_sink) {
  host.keeps_body = true;
  connection.receive(head_of_post() + "bo");
  connection.receive("d");
  EXPECT_EQ(host.body, "");
  pass();
  EXPECT_EQ(host.body, "bod");
  connection.receive("y" + get("/next"));
  EXPECT_EQ(host.body, "body");
  host.keeps_body = false;
  answer();
  pass();
  answer();
  EXPECT_THAT(connection.sent, HasSubstr("/next"));
}

TEST_F(http_admissions, may_end_with_a_response) {
  connection.receive(get("/1") + get("/2"));
  respond(401);
  EXPECT_THAT(host.exchanges, IsEmpty());
  const auto response = connection.take_sent();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(response, HasSubstr("By: host\r\n"));
  EXPECT_THAT(response, HasSubstr("X-Passed: yes\r\n"));
  EXPECT_FALSE(connection.finished) << "the request was complete";
  pass();
  answer();
  EXPECT_THAT(connection.take_sent(), HasSubstr("/2"));
}

TEST_F(http_admissions, close_a_connection_whose_body_nobody_reads) {
  connection.receive(head_of_post() + "bo");
  respond(401);
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(connection.sent, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(connection.sent, HasSubstr("X-Passed: yes\r\n"));
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_admissions, may_be_answered_at_once) {
  host.waits = false;
  host.answers_at_once = 204;
  connection.receive(get("/1") + get("/2"));
  EXPECT_THAT(connection.take_sent(), HasSubstr("X-Passed: yes\r\n"));
  connection.receive(head_of_post());
  EXPECT_THAT(connection.take_sent(), StartsWith("HTTP/1.1 204 "));
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_admissions, add_fields_to_errors_of_the_body) {
  connection.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  pass();
  connection.receive("3e9\r\n");
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(connection.sent, HasSubstr("X-Passed: yes\r\n"));
  EXPECT_THAT(host.failures, ElementsAre("payload too large"));
}

TEST_F(http_admissions, forget_a_client_that_has_gone) {
  connection.receive(head_of_post());
  const auto passing = host.passing;
  connection.lose();
  EXPECT_EQ(passing->request, nullptr);
  EXPECT_THAT(host.failures, IsEmpty()) << "the host does not know of a body";
}

TEST_F(http_admissions, wait_with_a_client_that_has_closed_its_side) {
  connection.receive(get("/"));
  EXPECT_TRUE(connection.end_input());
  EXPECT_EQ(connection.deadline, host.settings.write_timeout);
  pass();
  answer();
  EXPECT_THAT(connection.take_sent(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(http_admissions, end_with_a_client_that_has_closed_its_side_too_early) {
  connection.receive(head_of_post());
  EXPECT_TRUE(connection.end_input());
  connection.pass_deadline();
  EXPECT_THAT(connection.sent, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(connection.sent, Not(HasSubstr("X-Passed")))
      << "the application may be changing the fields";
  EXPECT_EQ(host.passing->request, nullptr);
  EXPECT_TRUE(connection.finished);
}

TEST_F(http_admissions, go_on_while_the_server_closes) {
  connection.receive(get("/1") + get("/2"));
  protocol().shut_down();
  EXPECT_FALSE(connection.finished);
  pass();
  answer();
  EXPECT_THAT(connection.sent, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(connection.finished) << "without the second request";
}

TEST_F(http_admissions, do_not_wait_for_bodies_while_the_server_closes) {
  connection.receive(head_of_post() + "bo");
  protocol().shut_down();
  EXPECT_FALSE(connection.finished);
  pass();
  EXPECT_TRUE(connection.finished);
  EXPECT_EQ(connection.sent, "");
}

TEST_F(http_admissions, add_fields_to_the_response_of_an_upgrade) {
  host.next_protocol = std::make_shared<http_connection>(host, connection);
  connection.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  pass();
  ASSERT_THAT(host.exchanges, SizeIs(1));
  static_cast<void>(host.exchanges[0]->upgrade(http_response(101), {}));
  connection.run();
  EXPECT_THAT(connection.sent, HasSubstr("X-Passed: yes\r\n"));
}

}  // namespace
}  // namespace socketio::detail
