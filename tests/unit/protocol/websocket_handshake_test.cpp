#include <socketio/protocol/websocket_handshake.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace socketio;
using namespace socketio::websocket;

http_request good_request() {
  http_request request;
  request.method = "GET";
  request.target = "/chat";
  request.headers = {
      {"Host", "server.example.com"},   {"Upgrade", "websocket"},
      {"Connection", "Upgrade"},        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
      {"Origin", "http://example.com"}, {"Sec-WebSocket-Version", "13"}};
  return request;
}

// The status of the refusal; 0 if the request is valid.
unsigned refusal(const http_request& request) {
  const auto response = check_handshake(request);
  if (!response) return 0;
  EXPECT_FALSE(response->body.empty()) << "says why";
  EXPECT_EQ(response->headers["Content-Type"], "text/plain; charset=utf-8");
  return response->status;
}

unsigned refusal_with(std::string_view name, std::string_view value) {
  auto request = good_request();
  request.headers.set(name, value);
  return refusal(request);
}

unsigned refusal_without(std::string_view name) {
  auto request = good_request();
  request.headers.erase(name);
  return refusal(request);
}

TEST(WebsocketHandshake, ComputesAcceptValues) {
  EXPECT_EQ(accept_value("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(accept_value("+0jgXtYyVeG28Gn1CLUKIg=="), "J8qoXqbZoL7keWiAo6FOA9JV+mY=");
}

TEST(WebsocketHandshake, RecognisesUpgrades) {
  auto request = good_request();
  EXPECT_TRUE(is_upgrade(request));
  request.headers.set("Connection", "keep-alive, upgrade");
  request.headers.set("Upgrade", "WebSocket");
  EXPECT_TRUE(is_upgrade(request));
  request.headers.set("Upgrade", "h2c");
  EXPECT_FALSE(is_upgrade(request));
  request.headers.set("Upgrade", "h2c, websocket");
  EXPECT_TRUE(is_upgrade(request));
  request.headers.set("Connection", "close");
  EXPECT_FALSE(is_upgrade(request));
  EXPECT_FALSE(is_upgrade(http_request{}));
}

TEST(WebsocketHandshake, RecognisesUpgradesThatAreInvalidHandshakes) {
  auto request = good_request();
  request.method = "POST";
  request.headers.erase("Sec-WebSocket-Key");
  EXPECT_TRUE(is_upgrade(request));
  EXPECT_NE(refusal(request), 0U);
}

TEST(WebsocketHandshake, AcceptsValidRequests) {
  EXPECT_EQ(refusal(good_request()), 0U);
  EXPECT_EQ(refusal_with("Sec-WebSocket-Version", "8"), 0U);
  EXPECT_EQ(refusal_with("Connection", "keep-alive, Upgrade"), 0U);
  EXPECT_EQ(refusal_with("Upgrade", "WEBSOCKET"), 0U);
  EXPECT_EQ(refusal_with("Sec-WebSocket-Key", "+0jgXtYyVeG28Gn1CLUKIg=="), 0U);
  EXPECT_EQ(refusal_with("Sec-WebSocket-Extensions", "constructor"), 0U);
  EXPECT_EQ(refusal_with("Sec-WebSocket-Extensions", ",;constructor"), 0U);
}

TEST(WebsocketHandshake, RefusesOtherMethods) {
  for (const auto* method : {"POST", "HEAD", "OPTIONS", "get", ""}) {
    auto request = good_request();
    request.method = method;
    EXPECT_EQ(refusal(request), 405U) << method;
    EXPECT_EQ(check_handshake(request)->headers["Allow"], "GET");
  }
}

TEST(WebsocketHandshake, RefusesHttp10) {
  auto request = good_request();
  request.version = 10;
  EXPECT_EQ(refusal(request), 400U);
}

TEST(WebsocketHandshake, RefusesMissingFields) {
  EXPECT_EQ(refusal_without("Upgrade"), 400U);
  EXPECT_EQ(refusal_without("Connection"), 400U);
  EXPECT_EQ(refusal_without("Sec-WebSocket-Key"), 400U);
  EXPECT_EQ(refusal_without("Sec-WebSocket-Version"), 400U);
}

TEST(WebsocketHandshake, RefusesWrongUpgrades) {
  EXPECT_EQ(refusal_with("Upgrade", "h2c"), 400U);
  EXPECT_EQ(refusal_with("Upgrade", "websockets"), 400U);
  EXPECT_EQ(refusal_with("Connection", "keep-alive"), 400U);
}

TEST(WebsocketHandshake, RefusesWrongKeys) {
  for (const std::string_view key :
       {"", "foo", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQQ=", "dGhlIHNhbXBsZSBub25jZQQQ",
        "dGhlIHNhbXBsZSBub25jZ===", "dGhl!HNhbXBsZSBub25jZQ==", "dGhl-HNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZ ==", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="}) {
    EXPECT_EQ(refusal_with("Sec-WebSocket-Key", key), 400U) << key;
  }
  auto request = good_request();
  request.headers.append("Sec-WebSocket-Key", "+0jgXtYyVeG28Gn1CLUKIg==");
  EXPECT_EQ(refusal(request), 400U) << "two keys";
}

TEST(WebsocketHandshake, NamesTheSupportedVersions) {
  for (const std::string_view version : {"", "12", "14", "0", "013", "13.0", "13, 8", "7", "258"}) {
    auto request = good_request();
    request.headers.set("Sec-WebSocket-Version", version);
    EXPECT_EQ(refusal(request), 400U) << version;
    EXPECT_EQ(check_handshake(request)->headers["Sec-WebSocket-Version"], "13, 8");
  }
  auto request = good_request();
  request.headers.append("Sec-WebSocket-Version", "13");
  EXPECT_EQ(refusal(request), 400U) << "two versions";
}

using names = std::vector<std::string>;

std::optional<names> offered(std::string_view value) {
  http_request request;
  request.headers.append("Sec-WebSocket-Protocol", value);
  return offered_subprotocols(request);
}

TEST(WebsocketHandshake, ListsSubprotocols) {
  EXPECT_EQ(offered_subprotocols(http_request{}), names{});
  EXPECT_EQ(offered("chat"), names{"chat"});
  EXPECT_EQ(offered("chat, superchat"), (names{"chat", "superchat"}));
  EXPECT_EQ(offered(" \tb,a\t , c.1 "), (names{"b", "a", "c.1"}));
  EXPECT_EQ(offered("chat,Chat"), (names{"chat", "Chat"})) << "names are case-sensitive";

  http_request request;
  request.headers = {{"Sec-WebSocket-Protocol", "a, b"}, {"sec-websocket-protocol", "c"}};
  EXPECT_EQ(offered_subprotocols(request), (names{"a", "b", "c"}));
  request.headers.append("Sec-WebSocket-Protocol", "a");
  EXPECT_EQ(offered_subprotocols(request), std::nullopt) << "repeated in another field";
}

TEST(WebsocketHandshake, RefusesMalformedSubprotocols) {
  for (const std::string_view value : {"", " ", ",", "a,", ",a", "a,,b", "a b", "a;b", "a/b",
                                       "\"a\"", "a,a", "a, b ,a", "a\xC3\xA9", "a, \x01"}) {
    EXPECT_EQ(offered(value), std::nullopt) << value;
  }
}

TEST(WebsocketHandshake, ReadsBlanksAmongSubprotocolsInLinearTime) {
  const auto took = [](std::size_t blanks) {
    const auto value = "b" + std::string(blanks, ' ') + "x";
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(offered(value), std::nullopt);
    return std::chrono::steady_clock::now() - start;
  };
  EXPECT_LT(took(14'000), std::chrono::milliseconds(500));
  // Quadratic time would be minutes.
  EXPECT_LT(took(10'000'000), std::chrono::seconds(5));
  EXPECT_EQ(offered("b" + std::string(14'000, ' ') + ", x"), (names{"b", "x"}));
}

TEST(WebsocketHandshake, AnswersWithSwitchingProtocols) {
  const auto response = handshake_response(good_request());
  EXPECT_EQ(response.status, 101U);
  EXPECT_TRUE(response.body.empty());
  EXPECT_EQ(response.headers["Upgrade"], "websocket");
  EXPECT_EQ(response.headers["Connection"], "Upgrade");
  EXPECT_EQ(response.headers["Sec-WebSocket-Accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(response.headers.size(), 3U);
}

TEST(WebsocketHandshake, NamesTheChosenSubprotocol) {
  const auto response = handshake_response(good_request(), "superchat");
  EXPECT_EQ(response.headers["Sec-WebSocket-Protocol"], "superchat");
  EXPECT_EQ(response.headers.size(), 4U);
}

}  // namespace
