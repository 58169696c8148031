#include "http/http_response_serializer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <socketio/detail/http_date.hpp>

namespace socketio::detail {
namespace {

using namespace std::string_literals;

// A fixed date, so that the whole message can be compared.
constexpr std::string_view date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

http_response dated(unsigned status, std::string body = {}) {
  http_response response(status);
  response.headers.append("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  response.body = std::move(body);
  return response;
}

std::string with_date(std::string_view before, std::string_view after) {
  return std::string(before).append(date).append(after);
}

TEST(SerializeResponse, WritesStatusFieldsLengthAndBody) {
  auto response = dated(200, "ok\0!"s);
  response.headers.append("Content-Type", "text/plain");
  EXPECT_EQ(serialize_response(response, 11, true, false),
            with_date("HTTP/1.1 200 OK\r\n",
                      "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nok\0!"s));
  EXPECT_EQ(serialize_response(dated(404), 11, true, false),
            with_date("HTTP/1.1 404 Not Found\r\n", "Content-Length: 0\r\n\r\n"));
}

TEST(SerializeResponse, AddsTheDate) {
  const auto before = std::chrono::system_clock::now();
  const auto message = serialize_response(http_response(200), 11, true, false);
  const auto after = std::chrono::system_clock::now();
  const auto expect = [](auto time) {
    return "HTTP/1.1 200 OK\r\nDate: " + http_date(time) + "\r\nContent-Length: 0\r\n\r\n";
  };
  EXPECT_GE(message, std::min(expect(before), expect(after)));
  EXPECT_LE(message, std::max(expect(before), expect(after)));
}

TEST(SerializeResponse, AnnouncesKeepAliveOrClose) {
  const auto response = dated(200);
  const auto expected = [](std::string_view connection) {
    return with_date("HTTP/1.1 200 OK\r\n", std::string(connection) + "Content-Length: 0\r\n\r\n");
  };
  EXPECT_EQ(serialize_response(response, 11, true, false), expected(""));
  EXPECT_EQ(serialize_response(response, 11, false, false), expected("Connection: close\r\n"));
  EXPECT_EQ(serialize_response(response, 10, true, false), expected("Connection: keep-alive\r\n"));
  EXPECT_EQ(serialize_response(response, 10, false, false), expected("Connection: close\r\n"));
}

TEST(SerializeResponse, WritesOneConnectionField) {
  const auto with_connection = [](std::string_view value, bool keep_alive) {
    auto response = dated(426);
    response.headers.append("connection", value);
    return serialize_response(response, 11, keep_alive, false);
  };
  const auto expected = [](std::string_view connection) {
    return with_date("HTTP/1.1 426 Upgrade Required\r\n",
                     std::string(connection) + "Content-Length: 0\r\n\r\n");
  };
  EXPECT_EQ(with_connection("Upgrade", true), expected("connection: Upgrade\r\n"));
  EXPECT_EQ(with_connection("Upgrade", false), expected("connection: Upgrade, close\r\n"));
  EXPECT_EQ(with_connection("Close", false), expected("connection: Close\r\n"));
}

TEST(SerializeResponse, KeepsAnUpgradeAsItIs) {
  http_response response(101);
  response.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
  response.body = "never sent";
  const std::string expected =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  EXPECT_EQ(serialize_response(response, 11, true, false), expected);
  EXPECT_EQ(serialize_response(response, 11, false, false), expected);
  EXPECT_EQ(serialize_response(http_response(100), 11, true, false),
            "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(SerializeResponse, SendsNeitherBodyNorLengthWhereNoneIsAllowed) {
  EXPECT_EQ(serialize_response(dated(204, "x"), 11, true, false),
            with_date("HTTP/1.1 204 No Content\r\n", "\r\n"));
  auto unchanged = dated(304, "x");
  unchanged.headers.append("ETag", "\"1\"");
  EXPECT_EQ(serialize_response(unchanged, 11, true, false),
            with_date("HTTP/1.1 304 Not Modified\r\n", "ETag: \"1\"\r\n\r\n"));
}

TEST(SerializeResponse, SendsTheLengthButNotTheBodyForHead) {
  EXPECT_EQ(serialize_response(dated(200, "body"), 11, true, true),
            with_date("HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\n"));
}

TEST(SerializeResponse, IgnoresTheHandlersFraming) {
  auto response = dated(200, "body");
  response.headers.append("content-length", "99");
  response.headers.append("Transfer-Encoding", "chunked");
  EXPECT_EQ(serialize_response(response, 11, true, false),
            with_date("HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\nbody"));
}

TEST(SerializeResponse, LeavesOutFieldsThatWouldInjectOthers) {
  auto response = dated(200);
  response.headers.append("A", "b\r\nSet-Cookie: evil=1");
  response.headers.append("B", "b\nSet-Cookie: evil=1");
  response.headers.append("C", "b\rx");
  response.headers.append("D", "b\0x"s);
  response.headers.append("E", "\x7f");
  response.headers.append("F: x\r\nG", "y");
  response.headers.append("H ", "y");
  response.headers.append("", "y");
  response.headers.append("Kept", "caf\xc3\xa9\t.");
  EXPECT_EQ(serialize_response(response, 11, true, false),
            with_date("HTTP/1.1 200 OK\r\n", "Kept: caf\xc3\xa9\t.\r\nContent-Length: 0\r\n\r\n"));
}

TEST(SerializeResponse, LeavesOutControlsWhereverTheyAre) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool sent = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    for (std::size_t position = 0; position < 20; ++position) {
      std::string value(20, 'v');
      value[position] = static_cast<char>(byte);
      http_response response(204);
      response.headers.append("A", value);
      const auto written = serialize_response(response, 11, true, false);
      EXPECT_EQ(written.find("A: " + value + "\r\n") != std::string::npos, sent)
          << "byte " << byte << " at " << position;
    }
  }
}

TEST(SerializeResponse, RefusesAStatusOutOfRange) {
  for (const unsigned status : {0u, 99u, 1000u}) {
    EXPECT_EQ(serialize_response(dated(status), 11, true, false),
              with_date("HTTP/1.1 500 Internal Server Error\r\n", "Content-Length: 0\r\n\r\n"));
  }
}

}  // namespace
}  // namespace socketio::detail
