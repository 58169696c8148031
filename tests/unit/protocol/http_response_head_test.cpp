#include <socketio/protocol/http_response_head.hpp>

#include <string>

#include <gtest/gtest.h>

namespace {

using namespace socketio;
using namespace std::string_literals;

bool is_accepted(std::string_view head) {
  return parse_response_head(head).has_value();
}

TEST(HttpResponseHead, ParsesTheExampleOfRfc6455) {
  const auto response = parse_response_head(
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
      "\r\n");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 101U);
  ASSERT_EQ(response->headers.size(), 3U);
  EXPECT_EQ(response->headers.at(0).first, "Upgrade");
  EXPECT_EQ(response->headers["upgrade"], "websocket");
  EXPECT_EQ(response->headers["Sec-WebSocket-Accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(response->body.empty());
}

TEST(HttpResponseHead, MayLackTheEmptyLine) {
  EXPECT_TRUE(is_accepted("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(is_accepted("HTTP/1.1 200 OK\r\nA: b\r\n"));
  EXPECT_TRUE(is_accepted("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(is_accepted("HTTP/1.1 200 OK\r\nA: b"));
  EXPECT_FALSE(is_accepted("HTTP/1.1 200 OK"));
  EXPECT_FALSE(is_accepted(""));
  EXPECT_FALSE(is_accepted("\r\n"));
}

TEST(HttpResponseHead, EndsWithTheEmptyLine) {
  EXPECT_FALSE(is_accepted("HTTP/1.1 200 OK\r\n\r\nA: b\r\n"));
  EXPECT_FALSE(is_accepted("HTTP/1.1 200 OK\r\n\r\nx"));
}

TEST(HttpResponseHead, ChecksTheStatusLine) {
  EXPECT_TRUE(is_accepted("HTTP/1.0 404 Not Found\r\n\r\n"));
  EXPECT_TRUE(is_accepted("HTTP/1.1 200 \r\n\r\n"));
  EXPECT_TRUE(is_accepted("HTTP/1.1 200\r\n\r\n"));
  EXPECT_TRUE(is_accepted("HTTP/1.1 599 \xC3\xA4\tb\r\n\r\n"));
  EXPECT_TRUE(is_accepted("HTTP/1.1 100 Continue\r\n\r\n"));
  for (const auto* line :
       {"HTTP/1.1 099 Low", "HTTP/1.1 600 High", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK",
        "HTTP/1.1 2x0 OK", "HTTP/1.1 +20 OK", "HTTP/1.1  200 OK", "HTTP/1.1 200OK", "HTTP/2.0 200",
        "HTTP/1.2 200 OK", "http/1.1 200 OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/11 2000",
        " HTTP/1.1 200", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200 O\x7FK", "HTTP/1.1 200 O\rK",
        "HTTP/1.1\t200 OK"}) {
    EXPECT_FALSE(is_accepted(line + "\r\n\r\n"s)) << line;
  }
}

TEST(HttpResponseHead, ChecksFields) {
  const auto value_of = [](const std::string& line) {
    const auto response = parse_response_head("HTTP/1.1 200 OK\r\n" + line + "\r\n\r\n");
    return response ? std::string(response->headers["Name"]) : "(refused)"s;
  };
  EXPECT_EQ(value_of("Name: value"), "value");
  EXPECT_EQ(value_of("Name:value"), "value");
  EXPECT_EQ(value_of("name: \t value \t"), "value");
  EXPECT_EQ(value_of("Name: a: b\tc  d"), "a: b\tc  d");
  EXPECT_EQ(value_of("Name: \xFF\x80"), "\xFF\x80");
  EXPECT_EQ(value_of("Name:"), "");
  EXPECT_EQ(value_of("Name:   "), "");
  for (const auto& line : {"Name : value"s, " Name: value"s, "Na me: value"s, "Name"s, ": value"s,
                           "Name: a\nB: c"s, "Name: a\rB: c"s, "Name: a\0b"s, "Name: a\x7F"s,
                           "Name: a\r\n folded"s, "Name: a\r\n\tfolded"s, "N\xC3\xA4me: value"s}) {
    EXPECT_EQ(value_of(line), "(refused)") << line;
  }
}

TEST(HttpResponseHead, KeepsRepeatedFields) {
  const auto response = parse_response_head("HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\n\r\n");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.count("A"), 2U);
  EXPECT_EQ(response->headers["A"], "1");
}

TEST(HttpResponseHead, RefusesBareLineFeeds) {
  EXPECT_FALSE(is_accepted("HTTP/1.1 200 OK\nA: b\n\n"));
  EXPECT_FALSE(is_accepted("HTTP/1.1 200 OK\r\nA: b\n\r\n"));
}

}  // namespace
