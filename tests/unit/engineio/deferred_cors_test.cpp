// CORS options that the application chooses for each request, and preflights that go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using fakes::make_request;
using fakes::make_upgrade_request;
using ::testing::IsEmpty;

constexpr std::string_view handshake_query = "EIO=4&transport=polling";

class deferred_cors : public fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.cors.emplace().for_request = [this](const http_request& sent, cors_callback decide) {
      if (keeps_) {
        kept_ = std::move(decide);
        return;
      }
      cors_options chosen;
      chosen.origins = {"https://" + std::string(sent.headers["X-Site"])};
      chosen.credentials = true;
      chosen.preflight_status = 200;
      decide(chosen);
    };
  }

  static http_request from_site(http_request sent) {
    sent.headers.append("Origin", "https://a.test");
    sent.headers.append("X-Site", "a.test");
    return sent;
  }

  bool keeps_ = false;
  cors_callback kept_;
};

void expect_allowed(const fakes::answer& answered) {
  ASSERT_TRUE(answered.response);
  const auto& headers = answered.response->headers;
  EXPECT_EQ(headers["Access-Control-Allow-Origin"], "https://a.test");
  EXPECT_EQ(headers.count("Access-Control-Allow-Origin"), 1U);
  EXPECT_EQ(headers["Access-Control-Allow-Credentials"], "true");
  EXPECT_EQ(headers["Vary"], "Origin");
}

TEST_F(deferred_cors, is_chosen_for_each_request) {
  expect_allowed(*request(from_site(make_request("GET", std::string(handshake_query)))));
  sid_ = sockets_[0].id();
  expect_allowed(*request(from_site(make_request("POST", session_query(), "4in"))));
  const auto held = request(from_site(make_request("GET", session_query())));
  send("out");
  expect_allowed(*held);
  expect_allowed(*request(from_site(make_request("GET", "EIO=4&transport=pigeon"))));
  expect_allowed(*request(from_site(make_upgrade_request("EIO=4&transport=websocket"))));
  auto foreign = make_request("GET", std::string(handshake_query));
  foreign.headers.append("Origin", "https://b.test");
  foreign.headers.append("X-Site", "a.test");
  const auto other = request(std::move(foreign));
  EXPECT_EQ(other->status(), 200U);
  EXPECT_FALSE(other->response->headers.find("Access-Control-Allow-Origin"));
}

TEST_F(deferred_cors, answers_preflights) {
  const auto answered = request(from_site(make_request("OPTIONS", std::string(handshake_query))));
  EXPECT_EQ(answered->status(), 200U);
  expect_allowed(*answered);
  EXPECT_TRUE(answered->response->headers.find("Access-Control-Allow-Methods"));
}

TEST_F(deferred_cors, may_be_chosen_later) {
  keeps_ = true;
  const auto waiting = request(from_site(make_request("GET", std::string(handshake_query))));
  EXPECT_TRUE(waiting->pending());
  kept_(cors_options());
  run([] {});
  EXPECT_EQ(waiting->status(), 200U);
  EXPECT_EQ(waiting->response->headers["Access-Control-Allow-Origin"], "*");
}

TEST_F(deferred_cors, lets_clients_go_meanwhile) {
  keeps_ = true;
  const auto left = get(handshake_query);
  run([&] { left->abort(); });
  EXPECT_TRUE(left->dropped);
  run([&] { kept_(cors_options()); });
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(deferred_cors, that_nobody_chooses_or_that_cannot_be_fails) {
  settings_.cors->for_request = [](const http_request&, const cors_callback&) {};
  EXPECT_TRUE(get(handshake_query)->dropped);
  engine_.reset();
  settings_.cors->for_request = [](const http_request&, const cors_callback& decide) {
    cors_options wrong;
    wrong.credentials = true;
    decide(wrong);
  };
  start();
  EXPECT_TRUE(get(handshake_query)->dropped);
  EXPECT_EQ(shards_[0]->read_statistics().exceptions, 1U);
  EXPECT_THAT(events_, IsEmpty());
}

class continued_preflights : public fakes::engine_test,
                             public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(deferred, continued_preflights, ::testing::Bool());

TEST_P(continued_preflights, reach_the_middlewares) {
  settings_.cors.emplace().preflight_continue = true;
  if (GetParam()) {
    settings_.cors->for_request = [](const http_request&, const cors_callback& decide) {
      decide(cors_options());
    };
  }
  start();
  engine_->use([](const http_request& sent, http_fields&, const http_next& passed) {
    if (sent.method != "OPTIONS") return passed();
    passed.respond(http_response(299));
  });
  const auto answered = request(make_request("OPTIONS", std::string(handshake_query)));
  EXPECT_EQ(answered->status(), 299U);
  const auto& headers = answered->response->headers;
  EXPECT_EQ(headers.count("Access-Control-Allow-Origin"), 1U);
  EXPECT_EQ(headers.count("Access-Control-Allow-Methods"), 1U);
  EXPECT_EQ(get(handshake_query)->response->headers.count("Access-Control-Allow-Origin"), 1U);
}

}  // namespace
}  // namespace socketio::engineio
