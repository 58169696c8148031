#include <socketio/engineio/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/engineio/identifier.hpp>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using fakes::make_request;
using fakes::make_upgrade_request;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view handshake_query = "EIO=4&transport=polling";

class Server : public fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.on_connection_error = [this](const http_request&, const connection_error& error) {
      errors_.push_back(std::to_string(error.code) + " " + error.message + " " + error.context);
    };
  }

  // Sends a request, and expects the server to refuse it with a JSON body.
  void expect_refusal(http_request sent, int code, std::string_view message,
                      std::string_view context, unsigned status = 400) {
    const auto description = sent.method + " " + sent.target;
    errors_.clear();
    const auto refused = request(std::move(sent));
    ASSERT_TRUE(refused->response) << description;
    EXPECT_EQ(refused->status(), status) << description;
    EXPECT_EQ(refused->response->headers["Content-Type"], "application/json") << description;
    EXPECT_EQ(refused->body(), "{\"code\":" + std::to_string(code) + ",\"message\":\"" +
                                   std::string(message) + "\"}")
        << description;
    EXPECT_THAT(errors_, ElementsAre(std::to_string(code) + " " + std::string(message) + " " +
                                     std::string(context)))
        << description;
  }

  // Sends a request for an upgrade, and expects the server to refuse it with a text.
  void expect_upgrade_refusal(http_request sent, std::string_view message) {
    const auto description = sent.method + " " + sent.target;
    const auto refused = request(std::move(sent));
    ASSERT_TRUE(refused->response) << description;
    EXPECT_EQ(refused->status(), 400U) << description;
    EXPECT_EQ(refused->body(), message) << description;
    EXPECT_EQ(refused->response->headers["Content-Type"], "text/html") << description;
    EXPECT_EQ(refused->response->headers["Connection"], "close") << description;
    EXPECT_FALSE(refused->connection);
  }

  std::vector<std::string> errors_;
};

// --- Options

TEST(ServerOptions, RefuseValuesOutOfRange) {
  boost::asio::io_context context;
  const std::vector shards = {std::make_shared<shard>(context, 0)};
  const auto make = [&](auto change) {
    options settings;
    change(settings);
    server engine(std::move(settings), shards);
  };
  EXPECT_NO_THROW(make([](options&) {}));
  EXPECT_THROW(make([](options& settings) { settings.ping_interval = 0ms; }),
               std::invalid_argument);
  EXPECT_THROW(make([](options& settings) { settings.ping_timeout = -1ms; }),
               std::invalid_argument);
  EXPECT_THROW(make([](options& settings) { settings.upgrade_timeout = 0ms; }),
               std::invalid_argument);
  EXPECT_THROW(make([](options& settings) { settings.max_payload = 0; }), std::invalid_argument);
  EXPECT_THROW(make([](options& settings) { settings.max_send_queue = 0; }), std::invalid_argument);
  EXPECT_THROW(make([](options& settings) { settings.polling = settings.websocket = false; }),
               std::invalid_argument);
  EXPECT_THROW(make([](options& settings) {
                 settings.cors.emplace();
                 settings.cors->credentials = true;
               }),
               std::invalid_argument);
}

TEST(ServerOptions, NeedBetweenOneAndTheMostShards) {
  boost::asio::io_context context;
  EXPECT_THROW(server(options(), {}), std::invalid_argument);
  std::vector<std::shared_ptr<shard>> shards;
  for (std::size_t i = 0; i < max_shards; ++i)
    shards.push_back(std::make_shared<shard>(context, i));
  EXPECT_NO_THROW(server(options(), shards));
  shards.push_back(std::make_shared<shard>(context, max_shards));
  EXPECT_THROW(server(options(), shards), std::invalid_argument);
}

// --- Errors

TEST_F(Server, RefusesUnknownTransports) {
  for (const auto* transport : {"", "unknown", "webtransport", "POLLING", "polling2", "__proto__",
                                "constructor", "polling%00"}) {
    expect_refusal(make_request("GET", "EIO=4&transport="s + transport), 0, "Transport unknown",
                   "TRANSPORT_UNKNOWN");
  }
  expect_refusal(make_request("GET", "EIO=4"), 0, "Transport unknown", "TRANSPORT_UNKNOWN");
  expect_refusal(make_request("GET", ""), 0, "Transport unknown", "TRANSPORT_UNKNOWN");
  expect_upgrade_refusal(make_upgrade_request("EIO=4&transport=__proto__"), "Transport unknown");
}

TEST_F(Server, RefusesPollingIfSwitchedOff) {
  settings_.polling = false;
  expect_refusal(make_request("GET", std::string(handshake_query)), 0, "Transport unknown",
                 "TRANSPORT_UNKNOWN");
  EXPECT_EQ(request(make_upgrade_request("EIO=4&transport=websocket"))->status(), 101U);
}

TEST_F(Server, RefusesWebSocketIfSwitchedOff) {
  settings_.websocket = false;
  expect_upgrade_refusal(make_upgrade_request("EIO=4&transport=websocket"), "Transport unknown");
  EXPECT_EQ(get(handshake_query)->status(), 200U);
}

TEST_F(Server, RefusesUnknownSessions) {
  const auto query = std::string(handshake_query);
  for (const auto& sid :
       {"unknown"s, "__proto__"s, "%00"s, make_identifier(0), std::string(5000, 'a')}) {
    expect_refusal(make_request("GET", query + "&sid=" + sid), 1, "Session ID unknown",
                   "UNKNOWN_SID");
    expect_refusal(make_request("POST", query + "&sid=" + sid, "4a"), 1, "Session ID unknown",
                   "UNKNOWN_SID");
  }
  expect_upgrade_refusal(make_upgrade_request("EIO=4&transport=websocket&sid=unknown"),
                         "Session ID unknown");
}

TEST_F(Server, RefusesHandshakesOfOtherMethods) {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "HEAD", "get"}) {
    expect_refusal(make_request(method, std::string(handshake_query)), 2, "Bad handshake method",
                   "BAD_HANDSHAKE_METHOD");
  }
}

TEST_F(Server, RefusesAWebSocketWithoutAnUpgrade) {
  expect_refusal(make_request("GET", "EIO=4&transport=websocket"), 3, "Bad request",
                 "TRANSPORT_HANDSHAKE_ERROR");
  expect_upgrade_refusal(make_upgrade_request(std::string(handshake_query)), "Bad request");
}

TEST_F(Server, RefusesASessionOnAnotherTransport) {
  open_websocket();
  expect_refusal(make_request("GET", session_query()), 3, "Bad request", "TRANSPORT_MISMATCH");
  expect_refusal(make_request("POST", session_query(), "4a"), 3, "Bad request",
                 "TRANSPORT_MISMATCH");
  expect_refusal(make_request("GET", "EIO=4&transport=websocket&sid=" + sid_), 3, "Bad request",
                 "TRANSPORT_HANDSHAKE_ERROR");
  open_polling();
  expect_refusal(make_request("GET", "EIO=4&transport=websocket&sid=" + sid_), 3, "Bad request",
                 "TRANSPORT_MISMATCH");
  expect_upgrade_refusal(make_upgrade_request(session_query()), "Bad request");
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Server, RefusesASessionInAnotherRevision) {
  open_polling();
  for (const auto* revision : {"EIO=3&", "EIO=&", "", "EIO=04&", "EIO=5&"}) {
    expect_refusal(make_request("GET", revision + "transport=polling&sid="s + sid_), 3,
                   "Bad request", "PROTOCOL_MISMATCH");
  }
  expect_upgrade_refusal(make_upgrade_request("EIO=3&transport=websocket&sid=" + sid_),
                         "Bad request");
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Server, RefusesOtherRevisions) {
  for (const auto* revision : {"EIO=3&", "EIO=&", "", "EIO=04&", "EIO=5&", "EIO=4.0&"}) {
    expect_refusal(make_request("GET", revision + "transport=polling"s), 5,
                   "Unsupported protocol version", "UNSUPPORTED_PROTOCOL_VERSION");
  }
  expect_upgrade_refusal(make_upgrade_request("EIO=3&transport=websocket"),
                         "Unsupported protocol version");
}

TEST_F(Server, RefusesABadWebSocketHandshake) {
  auto sent = make_upgrade_request("EIO=4&transport=websocket");
  sent.headers.set("Sec-WebSocket-Key", "short");
  const auto refused = request(std::move(sent));
  EXPECT_EQ(refused->status(), 400U);
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Server, TakesTheLastOfRepeatedParameters) {
  EXPECT_EQ(get("EIO=3&EIO=4&transport=unknown&transport=polling&sid=x&sid=")->status(), 200U);
}

TEST_F(Server, IgnoresOtherParametersAndPathEnds) {
  auto sent = make_request("GET", "t=abc&b64=1&" + std::string(handshake_query));
  EXPECT_EQ(request(std::move(sent))->status(), 200U);
}

// --- allow_request

TEST_F(Server, AsksAboutHandshakesOnly) {
  std::vector<std::string> asked;
  settings_.allow_request = [&](const http_request& sent, const allow_callback& decide) {
    asked.push_back(sent.target);
    decide(std::nullopt);
  };
  open_polling();
  post("4a");
  poll();
  open_websocket();
  EXPECT_THAT(asked, ElementsAre("/engine.io/?EIO=4&transport=polling",
                                 "/engine.io/?EIO=4&transport=websocket"));
  EXPECT_THAT(events_, ElementsAre("open", "text a", "open"));
}

TEST_F(Server, RefusesRequestsThatTheApplicationRefuses) {
  std::string refusal;
  settings_.allow_request = [&](const http_request&, const allow_callback& decide) {
    decide(refusal);
  };
  expect_refusal(make_request("GET", std::string(handshake_query)), 4, "Forbidden", "FORBIDDEN",
                 403);
  expect_upgrade_refusal(make_upgrade_request("EIO=4&transport=websocket"), "Forbidden");
  refusal = "no \\\"token\\\"";
  errors_.clear();
  refusal = "no token";
  expect_refusal(make_request("GET", std::string(handshake_query)), 4, "no token", "FORBIDDEN",
                 403);
  expect_upgrade_refusal(make_upgrade_request("EIO=4&transport=websocket"), "no token");
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Server, EscapesTheRefusalsText) {
  settings_.allow_request = [](const http_request&, const allow_callback& decide) {
    decide("\"<\xFF\n");
  };
  EXPECT_EQ(get(handshake_query)->body(), "{\"code\":4,\"message\":\"\\\"<\xEF\xBF\xBD\\n\"}");
}

TEST_F(Server, WaitsForTheDecision) {
  allow_callback decide;
  settings_.allow_request = [&](const http_request&, allow_callback callback) {
    decide = std::move(callback);
  };
  const auto accepted = get(handshake_query);
  EXPECT_TRUE(accepted->pending());
  run([&] { decide(std::nullopt); });
  EXPECT_EQ(accepted->status(), 200U);
  EXPECT_THAT(events_, ElementsAre("open"));

  const auto refused = get(handshake_query);
  decide("later");  // from outside the shard
  EXPECT_TRUE(refused->pending());
  run([] {});
  EXPECT_EQ(refused->status(), 403U);
  EXPECT_EQ(refused->body(), R"({"code":4,"message":"later"})");
}

TEST_F(Server, CountsTheFirstDecision) {
  settings_.allow_request = [](const http_request&, const allow_callback& decide) {
    decide(std::nullopt);
    decide("too late");
    decide(std::nullopt);
  };
  EXPECT_EQ(get(handshake_query)->status(), 200U);
  EXPECT_THAT(events_, ElementsAre("open"));
}

TEST_F(Server, ForgetsARequestThatIsAbortedBeforeTheDecision) {
  allow_callback decide;
  settings_.allow_request = [&](const http_request&, allow_callback callback) {
    decide = std::move(callback);
  };
  const auto left = get(handshake_query);
  run([&] { left->abort(); });
  EXPECT_TRUE(left->dropped);
  run([&] { decide(std::nullopt); });
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(engine_->clients_count(), 0U);
}

TEST_F(Server, LetsGoOfARequestWhoseDecisionIsDropped) {
  settings_.allow_request = [](const http_request&, const allow_callback&) {};
  const auto left = get(handshake_query);
  EXPECT_FALSE(left->pending());
  EXPECT_TRUE(left->dropped);
}

TEST_F(Server, TakesADecisionAfterItHasClosed) {
  allow_callback decide;
  settings_.allow_request = [&](const http_request&, allow_callback callback) {
    decide = std::move(callback);
  };
  const auto late = get(handshake_query);
  run([&] { engine_->close(); });
  run([&] { decide(std::nullopt); });
  EXPECT_EQ(late->status(), 503U);
  EXPECT_THAT(events_, IsEmpty());
}

// --- Fields of responses

TEST_F(Server, SetsNoCookieUnlessTold) {
  EXPECT_FALSE(get(handshake_query)->response->headers.find("Set-Cookie"));
}

TEST_F(Server, SetsTheCookieOnTheFirstResponse) {
  settings_.cookie.emplace();
  const auto opened = get(handshake_query);
  const auto sid = sockets_[0].id();
  EXPECT_EQ(opened->response->headers["Set-Cookie"],
            "io=" + sid + "; Path=/; HttpOnly; SameSite=Lax");
  sid_ = sid;
  EXPECT_FALSE(post("4a")->response->headers.find("Set-Cookie"));
  send("x");
  EXPECT_FALSE(poll()->response->headers.find("Set-Cookie"));
  EXPECT_FALSE(get("EIO=4&transport=none")->response->headers.find("Set-Cookie"));
}

TEST_F(Server, SetsEveryAttributeOfTheCookie) {
  settings_.cookie.emplace();
  settings_.cookie->name = "id";
  settings_.cookie->path = "/a";
  settings_.cookie->domain = "example.com";
  settings_.cookie->max_age = 60s;
  settings_.cookie->expires = std::chrono::system_clock::time_point(784111777s);
  settings_.cookie->http_only = false;
  settings_.cookie->secure = true;
  settings_.cookie->partitioned = true;
  settings_.cookie->priority = "High";
  settings_.cookie->same_site = "None";
  const auto opened = get(handshake_query);
  EXPECT_EQ(opened->response->headers["Set-Cookie"],
            "id=" + sockets_[0].id() +
                "; Max-Age=60; Domain=example.com; Path=/a; Expires=Sun, 06 Nov 1994 08:49:37 GMT; "
                "Secure; Partitioned; Priority=High; SameSite=None");
}

TEST_F(Server, SetsNoCookieOnAWebSocket) {
  settings_.cookie.emplace();
  const auto opened = request(make_upgrade_request("EIO=4&transport=websocket"));
  EXPECT_EQ(opened->status(), 101U);
  EXPECT_FALSE(opened->response->headers.find("Set-Cookie"));
}

TEST_F(Server, LeavesOutEmptyAttributesOfTheCookie) {
  settings_.cookie.emplace();
  settings_.cookie->path = "";
  settings_.cookie->same_site = "";
  settings_.cookie->http_only = false;
  const auto opened = get(handshake_query);
  EXPECT_EQ(opened->response->headers["Set-Cookie"], "io=" + sockets_[0].id());
}

TEST_F(Server, CallsTheHooksForFields) {
  settings_.initial_headers = [](http_fields& headers, const http_request& sent) {
    headers.append("X-Initial", sent.method);
  };
  settings_.headers = [](http_fields& headers, const http_request& sent) {
    headers.append("X-Every", sent.method);
    headers.set("Content-Type", "text/x-changed");
  };
  const auto opened = get(handshake_query);
  EXPECT_EQ(opened->response->headers["X-Initial"], "GET");
  EXPECT_EQ(opened->response->headers["X-Every"], "GET");
  EXPECT_EQ(opened->response->headers["Content-Type"], "text/x-changed");
  sid_ = sockets_[0].id();
  const auto posted = post("4a");
  EXPECT_EQ(posted->response->headers["X-Every"], "POST");
  EXPECT_FALSE(posted->response->headers.find("X-Initial"));
  const auto refused = get("EIO=4&transport=none");
  EXPECT_EQ(refused->response->headers["X-Every"], "GET");
  EXPECT_FALSE(refused->response->headers.find("X-Initial"));
  const auto upgrade = begin_upgrade();
  EXPECT_EQ(upgrade->response->headers["X-Every"], "GET");
  EXPECT_FALSE(upgrade->response->headers.find("X-Initial"));
  const auto websocket = request(make_upgrade_request("EIO=4&transport=websocket"));
  EXPECT_EQ(websocket->response->headers["X-Initial"], "GET");
  EXPECT_EQ(websocket->response->headers["X-Every"], "GET");
}

// --- CORS

TEST_F(Server, SendsNoCorsFieldsUnlessTold) {
  auto sent = make_request("GET", std::string(handshake_query));
  sent.headers.append("Origin", "https://evil.example");
  const auto opened = request(std::move(sent));
  EXPECT_EQ(opened->status(), 200U);
  for (const auto& [name, value] : opened->response->headers) {
    EXPECT_THAT(std::string(name), ::testing::Not(::testing::StartsWith("Access-Control")));
  }
}

TEST_F(Server, SendsCorsFieldsWithEveryResponse) {
  settings_.cors.emplace();
  settings_.cors->origins = {"https://example.com"};
  settings_.cors->credentials = true;
  const auto with_origin = [](http_request sent) {
    sent.headers.append("Origin", "https://example.com");
    return sent;
  };
  const auto expect_fields = [](const answer_ptr& answered) {
    ASSERT_TRUE(answered->response);
    const auto& headers = answered->response->headers;
    EXPECT_EQ(headers["Access-Control-Allow-Origin"], "https://example.com");
    EXPECT_EQ(headers["Access-Control-Allow-Credentials"], "true");
    EXPECT_EQ(headers["Vary"], "Origin");
    EXPECT_EQ(headers.count("Access-Control-Allow-Origin"), 1U);
  };
  expect_fields(request(with_origin(make_request("GET", std::string(handshake_query)))));
  sid_ = sockets_[0].id();
  expect_fields(request(with_origin(make_request("POST", session_query(), "4a"))));
  send("x");
  expect_fields(request(with_origin(make_request("GET", session_query()))));
  expect_fields(request(with_origin(make_request("GET", "EIO=4&transport=none"))));
  expect_fields(request(with_origin(make_request("PUT", session_query()))));
  expect_fields(request(with_origin(make_upgrade_request("EIO=4&transport=none"))));
  expect_fields(request(with_origin(make_upgrade_request("EIO=4&transport=websocket"))));
  const auto held = request(with_origin(make_request("GET", session_query())));
  expect_fields(request(with_origin(make_request("GET", session_query()))));
  expect_fields(held);
}

TEST_F(Server, AnswersPreflights) {
  settings_.cors.emplace();
  auto sent = make_request("OPTIONS", std::string(handshake_query));
  sent.headers.append("Origin", "https://example.com");
  sent.headers.append("Access-Control-Request-Headers", "x-token");
  const auto answered = request(std::move(sent));
  EXPECT_EQ(answered->status(), 204U);
  EXPECT_EQ(answered->body(), "");
  EXPECT_EQ(answered->response->headers["Access-Control-Allow-Origin"], "*");
  EXPECT_EQ(answered->response->headers["Access-Control-Allow-Headers"], "x-token");
  EXPECT_THAT(errors_, IsEmpty());
}

// --- Shards

TEST_F(Server, NamesTheShardOfASession) {
  start(3);
  auto opened = request(make_request("GET", std::string(handshake_query)), 1);
  ASSERT_EQ(sockets_.size(), 1U);
  sid_ = sockets_[0].id();
  EXPECT_EQ(engine_->shard_of(make_request("GET", session_query())), 1U);
  EXPECT_EQ(engine_->shard_of(make_request("GET", std::string(handshake_query))), std::nullopt);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=short")), std::nullopt);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=" + make_identifier(2))), 2U);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=" + make_identifier(3))), std::nullopt);
  EXPECT_EQ(engine_->shard_of(make_request("GET", "sid=" + make_identifier(255))), std::nullopt);
}

TEST_F(Server, KnowsASessionOnItsShardOnly) {
  start(2);
  request(make_request("GET", std::string(handshake_query)), 1);
  sid_ = sockets_[0].id();
  EXPECT_EQ(request(make_request("GET", session_query()), 0)->body(),
            R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_TRUE(request(make_request("GET", session_query()), 1)->pending());
}

// --- Closing

TEST_F(Server, CountsItsClients) {
  start();
  EXPECT_EQ(engine_->clients_count(), 0U);
  open_polling();
  const auto client = open_websocket();
  EXPECT_EQ(engine_->clients_count(), 2U);
  run([&] { client->disconnect(websocket::close_code::normal); });
  EXPECT_EQ(engine_->clients_count(), 1U);
}

TEST_F(Server, ClosesAllSessions) {
  start(2);
  open_polling();
  const auto held = poll();
  const auto client = open_websocket();
  request(make_request("GET", std::string(handshake_query)), 1);
  run([&] { engine_->close(); });
  run([] {});
  EXPECT_EQ(engine_->clients_count(), 0U);
  EXPECT_EQ(held->body(), "1");
  EXPECT_EQ(client->closed_with, websocket::close_code::no_status);
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "close forced close|"), 3);
  EXPECT_EQ(get(handshake_query)->status(), 503U);
}

TEST_F(Server, WorksWithoutAnApplication) {
  start();
  engine_->on_connection(nullptr);
  open_polling();
  EXPECT_EQ(post("4a\x1e"
                 "bAQ==")
                ->body(),
            "ok");
  EXPECT_TRUE(poll()->pending());
}

TEST_F(Server, GivesEachSessionAnIdOfItsOwn) {
  open_polling();
  const auto first = sid_;
  open_polling();
  EXPECT_NE(first, sid_);
}

}  // namespace
}  // namespace socketio::engineio
