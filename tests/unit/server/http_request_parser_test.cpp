#include "http/http_request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace socketio::detail {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t body_limit = 64;

http_limits small_limits() {
  http_limits limits;
  limits.max_header_size = 1024;
  limits.max_header_count = 20;
  return limits;
}

/// Everything a connection learns from a parser.
struct outcome {
  unsigned status = 0;
  bool head_complete = false;
  bool complete = false;
  bool keep_alive = false;
  bool has_body = false;
  std::size_t consumed = 0;  // of a complete request
  std::string method;
  std::string target;
  unsigned version = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  bool operator==(const outcome&) const = default;
};

outcome refusal(unsigned status) {
  outcome result;
  result.status = status;
  return result;
}

void PrintTo(const outcome& result, std::ostream* out) {
  *out << "status " << result.status << ", complete " << result.complete << ", consumed "
       << result.consumed << ", " << result.method << ' ' << result.target << ' ' << result.version
       << ", body \"" << result.body << "\", fields " << result.fields.size();
}

/// Puts the pieces as a connection would: again and again until a piece is consumed.
outcome parse(const std::vector<std::string_view>& pieces, std::uint64_t limit = body_limit) {
  http_request_parser parser(small_limits());
  parser.set_body_limit(limit);
  outcome result;
  for (auto piece : pieces) {
    while (!piece.empty() && !parser.complete() && parser.error_status() == 0) {
      const bool head_was_complete = parser.head_complete();
      const auto taken = parser.put(piece);
      EXPECT_LE(taken, piece.size());
      if (taken != piece.size() && !parser.complete() && parser.error_status() == 0) {
        EXPECT_TRUE(parser.head_complete() && !head_was_complete) << "stopped for no reason";
      }
      piece.remove_prefix(taken);
      result.consumed += taken;
    }
  }
  result.status = parser.error_status();
  if (result.status != 0) {
    EXPECT_FALSE(parser.complete());
    EXPECT_FALSE(parser.keep_alive());
    EXPECT_EQ(parser.put("GET / HTTP/1.1\r\n"), 0u) << "nothing is consumed after an error";
    return refusal(result.status);
  }
  result.head_complete = parser.head_complete();
  result.complete = parser.complete();
  if (!result.head_complete) return result;
  result.keep_alive = parser.keep_alive();
  result.has_body = parser.has_body();
  const auto& request = parser.request();
  result.method = request.method;
  result.target = request.target;
  result.version = request.version;
  result.body = request.body;
  for (const auto& [name, value] : request.headers) {
    result.fields.emplace_back(name, value);
  }
  return result;
}

outcome parse(std::string_view bytes) {
  return parse(std::vector{bytes});
}

/// The verdict on the bytes whole, byte by byte, and at every two-way split has to be the same.
void expect_same_however_split(std::string_view bytes, const outcome& expected) {
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
  EXPECT_EQ(parse(single), expected) << "byte by byte";
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    ASSERT_EQ(parse(std::vector{bytes.substr(0, i), bytes.substr(i)}), expected)
        << "split at " << i;
  }
}

std::string get(std::string_view rest) {
  return "GET / HTTP/1.1\r\nHost: example\r\n"s.append(rest).append("\r\n");
}

std::string post(std::string_view fields_and_body) {
  return "POST /p HTTP/1.1\r\nHost: example\r\n"s.append(fields_and_body);
}

std::string chunked(std::string_view body) {
  return post("Transfer-Encoding: chunked\r\n\r\n"s.append(body));
}

std::string fields(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) lines += "A: b\r\n";
  return lines;
}

struct refused {
  unsigned status;
  std::string bytes;
};

std::vector<refused> refused_requests() {
  return {
      // Request line: its parts.
      {400, "\n"},
      {400, "\r\r\n"},
      {400, "\r\n\n"},
      {400, "\rG"},
      {400, " \r\n"},
      {400, "GET\r\n"},
      {400, "GET /\r\n"},
      {400, "GET / \r\n"},
      {400, "GET /  HTTP/1.1\r\n"},
      {400, "GET  / HTTP/1.1\r\n"},
      {400, "GET  HTTP/1.1\r\n"},
      {400, " GET / HTTP/1.1\r\n"},
      {400, "GET / HTTP/1.1 \r\n"},
      {400, "GET / a HTTP/1.1\r\n"},
      {400, "GET\t/ HTTP/1.1\r\n"},
      {400, "GET /\tHTTP/1.1\r\n"},
      {400, "G@T / HTTP/1.1\r\n"},
      {400, "GET: / HTTP/1.1\r\n"},
      {400, "(GET) / HTTP/1.1\r\n"},
      {400, "G\xc3\x89T / HTTP/1.1\r\n"},
      {400, "/ HTTP/1.1\r\n"},
      {400, "HTTP/1.1 200 OK\r\n"},
      {400, "\x16\x03\x01\x02"},
      {400, "\x80\x9e\r\n"},
      {400, "\0GET / HTTP/1.1\r\n"s},
      // Line ends.
      {400, "GET / HTTP/1.1\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\n\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\n\rX"},
      {400, "GET / HTTP/1.1\rHost: a\r\n"},
      {400, "GET /\r HTTP/1.1\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\rb: c\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\nb: c\r\n"},
      // Version.
      {505, "GET / HTTP/2.0\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {505, "GET / HTTP/0.9\r\n"},
      {505, "GET / HTTP/1.2\r\n"},
      {505, "GET / HTTP/3.1\r\n"},
      {505, "GET / HTTP/9.9\r\n"},
      {400, "GET / HTTP/11\r\n"},
      {400, "GET / HTTP/1.10\r\n"},
      {400, "GET / HTTP/11.1\r\n"},
      {400, "GET / HTTP/1\r\n"},
      {400, "GET / HTTP/1.\r\n"},
      {400, "GET / HTTP/.1\r\n"},
      {400, "GET / HTTP/x.1\r\n"},
      {400, "GET / HTTP/1,1\r\n"},
      {400, "GET / http/1.1\r\n"},
      {400, "GET / HTTPS/1.1\r\n"},
      {400, "GET / ICE/1.0\r\n"},
      {400, "GET / RTSP/1.0\r\n"},
      // Target.
      {400, "GET index.html HTTP/1.1\r\n"},
      {400, "GET * HTTP/1.1\r\n"},
      {400, "OPTIONS ** HTTP/1.1\r\n"},
      {400, "GET ?a=b HTTP/1.1\r\n"},
      {400, "GET example.com HTTP/1.1\r\n"},
      {400, "CONNECT example.com:443 HTTP/1.1\r\n"},
      {400, "CONNECT / HTTP/1.1\r\n"},
      {400, "GET http:/// HTTP/1.1\r\n"},
      {400, "GET http:// HTTP/1.1\r\n"},
      {400, "GET http:/a HTTP/1.1\r\n"},
      {400, "GET ftp://a/ HTTP/1.1\r\n"},
      {400, "GET ws://a/ HTTP/1.1\r\n"},
      {400, "GET http://user@a/ HTTP/1.1\r\n"},
      {400, "GET http://a\\b/ HTTP/1.1\r\n"},
      {400, "GET /a#b HTTP/1.1\r\n"},
      {400, "GET /\xc3\xa9 HTTP/1.1\r\n"},
      {400, "GET /\xff HTTP/1.1\r\n"},
      {400, "GET /a\0b HTTP/1.1\r\n"s},
      {400, "GET /a\x01 HTTP/1.1\r\n"},
      {400, "GET /a\x1b[0m HTTP/1.1\r\n"},
      {400, "GET /a\x7f HTTP/1.1\r\n"},
      {400, "GET /a\vb HTTP/1.1\r\n"},
      // Fields.
      {400, get("no colon\r\n")},
      {400, get("nocolon\r\n")},
      {400, get(": no name\r\n")},
      {400, get("A : b\r\n")},
      {400, get("A\t: b\r\n")},
      {400, get("A b: c\r\n")},
      {400, get("A(b): c\r\n")},
      {400, get("\"A\": c\r\n")},
      {400, get("A\xc3\xa9: b\r\n")},
      {400, get("A\0: b\r\n"s)},
      {400, get("A: b\0c\r\n"s)},
      {400, get("A: b\x01\r\n")},
      {400, get("A: b\x7f\r\n")},
      {400, get("A: b\vc\r\n")},
      {400, get("A: b\fc\r\n")},
      {400, get("A: \x1b[2J\r\n")},
      {400, get("A: b\r\n c\r\n")},
      {400, get("A: b\r\n\tc\r\n")},
      {400, get("A:\r\n b\r\n")},
      {400, get("A: b\r\n \r\n")},
      {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"},
      {400, get("Connection: @\r\n")},
      // Host.
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nAccept: a\r\n\r\n"},
      {400, get("Host: other\r\n")},
      {400, get("host: example\r\n")},
      {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n"},
      {400, "GET http://a/ HTTP/1.1\r\n\r\n"},
      // Content-Length.
      {400, post("Content-Length: \r\n\r\n")},
      {400, post("Content-Length:\r\n\r\n")},
      {400, post("Content-Length: +3\r\n\r\nabc")},
      {400, post("Content-Length: -1\r\n\r\n")},
      {400, post("Content-Length: -0\r\n\r\n")},
      {400, post("Content-Length: 3,3\r\n\r\nabc")},
      {400, post("Content-Length: 3, 3\r\n\r\nabc")},
      {400, post("Content-Length: 3,\r\n\r\nabc")},
      {400, post("Content-Length: ,3\r\n\r\nabc")},
      {400, post("Content-Length: 3,4\r\n\r\nabc")},
      {400, post("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc")},
      {400, post("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc")},
      {400, post("Content-Length: 0\r\ncontent-length: 0\r\n\r\n")},
      {400, post("Content-Length: 3 3\r\n\r\nabc")},
      {400, post("Content-Length: 3x\r\n\r\nabc")},
      {400, post("Content-Length: 0x3\r\n\r\nabc")},
      {400, post("Content-Length: 3.0\r\n\r\nabc")},
      {400, post("Content-Length: 3e0\r\n\r\nabc")},
      {400, post("Content-Length: \"3\"\r\n\r\nabc")},
      {400, post("Content-Length: three\r\n\r\nabc")},
      {400, post("Content-Length: 18446744073709551616\r\n\r\n")},
      {400, post("Content-Length: 18446744073709551618\r\n\r\nab")},
      {400, post("Content-Length: 99999999999999999999999999\r\n\r\n")},
      {400, post("Content-Length:\r\n 3\r\n\r\nabc")},
      {400, post("Content-Length : 3\r\n\r\nabc")},
      {413, post("Content-Length: 65\r\n\r\na")},
      {413, post("Content-Length: 1000000000000\r\n\r\na")},
      {413, post("Content-Length: 18446744073709551615\r\n\r\na")},
      // Transfer-Encoding.
      {501, post("Transfer-Encoding: gzip\r\n\r\n")},
      {501, post("Transfer-Encoding: identity\r\n\r\n")},
      {501, post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")},
      {501, post("Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n")},
      {501, post("Transfer-Encoding: x-chunked\r\n\r\n0\r\n\r\n")},
      {501, post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
      {501, post("Transfer-Encoding: identity,chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chun ked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding:\r\n\r\n")},
      {400, post("Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")},
      {400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {400, post("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")},
      {400, post("Content-Length: 3\r\nTransfer-Encoding: identity\r\n\r\nabc")},
      {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n"},
      // Chunks.
      {400, chunked("\r\n")},
      {400, chunked("x\r\n")},
      {400, chunked("-1\r\n")},
      {400, chunked("+1\r\na\r\n0\r\n\r\n")},
      {400, chunked(" 1\r\na\r\n0\r\n\r\n")},
      {400, chunked("1 \r\na\r\n0\r\n\r\n")},
      {400, chunked("0x1\r\na\r\n0\r\n\r\n")},
      {400, chunked("1,1\r\na\r\n0\r\n\r\n")},
      {400, chunked("1\na\r\n0\r\n\r\n")},
      {400, chunked("1\ra\r\n0\r\n\r\n")},
      {400, chunked("1\r\nab\r\n0\r\n\r\n")},
      {400, chunked("1\r\na0\r\n\r\n")},
      {400, chunked("1\r\na\n0\r\n\r\n")},
      {400, chunked("1\r\na\r0\r\n\r\n")},
      {400, chunked("2\r\na\r\n0\r\n\r\n")},
      {400, chunked(";a=b\r\n")},
      {400, chunked("1;\r\na\r\n0\r\n\r\n")},
      {400, chunked("1;=b\r\na\r\n0\r\n\r\n")},
      {400, chunked("1;a=\"b\r\na\r\n0\r\n\r\n")},
      {400, chunked("1;a=\"\nb\"\r\na\r\n0\r\n\r\n")},
      {400, chunked("1;a=\"\0\"\r\na\r\n0\r\n\r\n"s)},
      {400, chunked("1;a\nb\r\na\r\n0\r\n\r\n")},
      {400, chunked("11111111111111111\r\n")},
      {400, chunked("00000000000000001\r\na\r\n0\r\n\r\n")},
      {400, chunked("10000000000000001\r\na\r\n0\r\n\r\n")},
      {400, chunked("1;" + std::string(8192, 'a') + "\r\na\r\n0\r\n\r\n")},
      {413, chunked("41\r\n")},
      {413, chunked("ffffffffffffffff\r\n")},
      {413, chunked("7fffffffffffffff\r\n")},
      {413, chunked("1\r\na\r\nffffffffffffffff\r\n")},
      {413, chunked("40\r\n" + std::string(64, 'a') + "\r\n1\r\n")},
      // Trailers.
      {400, chunked("0\r\nbad\r\n\r\n")},
      {400, chunked("0\r\nA : b\r\n\r\n")},
      {400, chunked("0\r\n A: b\r\n\r\n")},
      {400, chunked("0\r\nA: b\r\n c\r\n\r\n")},
      {400, chunked("0\r\nA: b\n\r\n")},
      {400, chunked("0\r\nA: \0\r\n\r\n"s)},
      {400, chunked("0\r\nContent-Length: 3\r\n\r\nabc")},
      {400, chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")},
      {400, chunked("0\r\n\n")},
      {431, chunked("0\r\n" + fields(19) + "\r\n")},
      {431, chunked("0\r\nA: " + std::string(1024, 'b') + "\r\n\r\n")},
      // Limits of the head.
      {431, get(fields(20))},
      {431, "GET /" + std::string(1024, 'a')},
      {431, "GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
      {431, get("A: " + std::string(1024, 'b') + "\r\n")},
      {431, get(std::string(1024, 'b') + ": a\r\n")},
      {431, std::string(1024, 'G')},
      {431,
       [] {
         std::string lines;
         for (int i = 0; i < 512; ++i) lines += "\r\n";
         return lines;
       }()},
      // Expectations.
      {417, post("Expect: 200-ok\r\nContent-Length: 1\r\n\r\na")},
      {417, post("Expect:\r\n\r\n")},
      {417, post("Expect: 100-continue, x\r\n\r\n")},
      {417, post("Expect: 100-continue\r\nExpect: x\r\n\r\n")},
      {417, "POST / HTTP/1.0\r\nExpect: x\r\n\r\n"},
  };
}

TEST(HttpRequestParser, RefusesMalformedRequests) {
  const auto samples = refused_requests();
  EXPECT_GE(samples.size(), 120u);
  for (const auto& [status, bytes] : samples) {
    SCOPED_TRACE(testing::PrintToString(bytes.substr(0, 200)));
    EXPECT_EQ(parse(bytes).status, status);
    // The huge ones are split at the interesting places only by the byte-by-byte run.
    if (bytes.size() <= 2048) {
      expect_same_however_split(bytes, refusal(status));
    } else {
      std::vector<std::string_view> single;
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        single.push_back(std::string_view(bytes).substr(i, 1));
      }
      EXPECT_EQ(parse(single).status, status);
    }
  }
}

struct accepted {
  std::string bytes;
  std::string method;
  std::string target;
  std::string body;
  bool keep_alive = true;
};

std::vector<accepted> accepted_requests() {
  return {
      {get(""), "GET", "/", ""},
      {"\r\n" + get(""), "GET", "/", ""},
      {"\r\n\r\n\r\n" + get(""), "GET", "/", ""},
      {"GET / HTTP/1.0\r\n\r\n", "GET", "/", "", false},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET", "/", "", false},
      {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", ""},
      {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET", "/", "", false},
      {get("Connection: close\r\n"), "GET", "/", "", false},
      {get("Connection: foo, CLOSE\r\n"), "GET", "/", "", false},
      {get("Connection:\r\n"), "GET", "/", ""},
      {get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"), "GET",
       "/", ""},
      {"GET /socket.io/?EIO=4&transport=polling&t=%20x HTTP/1.1\r\nHost: a:3000\r\n\r\n", "GET",
       "/socket.io/?EIO=4&transport=polling&t=%20x", ""},
      {"GET /a|\"{}^`<>\\?q=|[] HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/a|\"{}^`<>\\?q=|[]", ""},
      {"GET //a/../b HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "//a/../b", ""},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", ""},
      {"GET / HTTP/1.1\r\nHost:[::1]:80\r\n\r\n", "GET", "/", ""},
      {"GET / HTTP/1.1\r\nhOsT:a.b-c_d:1\r\n\r\n", "GET", "/", ""},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "*", ""},
      {"M-SEARCH /x HTTP/1.1\r\nHost: a\r\n\r\n", "M-SEARCH", "/x", ""},
      {"get /x HTTP/1.1\r\nHost: a\r\n\r\n", "get", "/x", ""},
      {"GET http://other:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/x?y", ""},
      {"GET HTTPS://other HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", ""},
      {"GET http://other?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/?y", ""},
      {get("A:\t b c \t\r\nB:\r\nC: \xc3\xa9\xff\r\nD: a\tb\r\n"), "GET", "/", ""},
      {get("!#$%&'*+-.^_`|~09azAZ: x\r\n"), "GET", "/", ""},
      {get(fields(19)), "GET", "/", ""},
      {post("Content-Length: 0\r\n\r\n"), "POST", "/p", ""},
      {post("Content-Length: 3\r\n\r\nabc"), "POST", "/p", "abc"},
      {post("Content-Length: 0003\r\n\r\nabc"), "POST", "/p", "abc"},
      {post("Content-Length:3 \r\n\r\n\r\n\0"s), "POST", "/p", "\r\n\0"s},
      {post("Content-Length: 64\r\n\r\n" + std::string(64, 'x')), "POST", "/p",
       std::string(64, 'x')},
      {"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", "POST", "/", "ab", false},
      {get("Content-Length: 2\r\n") + "ab", "GET", "/", "ab"},
      {post("Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nab"), "POST", "/p", "ab"},
      {chunked("0\r\n\r\n"), "POST", "/p", ""},
      {chunked("000\r\n\r\n"), "POST", "/p", ""},
      {chunked("3\r\nabc\r\n0\r\n\r\n"), "POST", "/p", "abc"},
      {chunked("3\r\nabc\r\n00000002\r\n\r\n\r\n0\r\n\r\n"), "POST", "/p", "abc\r\n"},
      {chunked("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), "POST", "/p",
       "01234567890123456789"},
      {chunked("3;a=b;c=\"d e\\\"\"\r\nabc\r\n0;x\r\n\r\n"), "POST", "/p", "abc"},
      {chunked("40\r\n" + std::string(64, 'a') + "\r\n0\r\n\r\n"), "POST", "/p",
       std::string(64, 'a')},
      {chunked("3\r\nabc\r\n0\r\nHost: x\r\nTrailer: y\r\n\r\n"), "POST", "/p", "abc"},
      {chunked("3\r\nabc\r\n0\r\n" + fields(18) + "\r\n"), "POST", "/p", "abc"},
      {post("TRANSFER-ENCODING: \tChunked \r\n\r\n1\r\na\r\n0\r\n\r\n"), "POST", "/p", "a"},
  };
}

TEST(HttpRequestParser, RefusesControlsWhereverTheyAre) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool accepted = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    for (std::size_t position = 1; position < 25; ++position) {
      std::string value(26, 'v');
      value[position] = static_cast<char>(byte);
      EXPECT_EQ(parse(get("A: " + value + "\r\n")).status, accepted ? 0U : 400U)
          << "byte " << byte << " at " << position;
    }
  }
}

TEST(HttpRequestParser, AcceptsWellFormedRequestsAndStopsAtTheirEnd) {
  const auto samples = accepted_requests();
  EXPECT_GE(samples.size(), 25u);
  for (const auto& sample : samples) {
    SCOPED_TRACE(testing::PrintToString(sample.bytes));
    const auto result = parse(sample.bytes);
    EXPECT_EQ(result.status, 0u);
    EXPECT_TRUE(result.head_complete);
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.consumed, sample.bytes.size());
    EXPECT_EQ(result.method, sample.method);
    EXPECT_EQ(result.target, sample.target);
    EXPECT_EQ(result.body, sample.body);
    EXPECT_EQ(result.keep_alive, sample.keep_alive);
    expect_same_however_split(sample.bytes, result);
    expect_same_however_split(sample.bytes + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n", result);
    expect_same_however_split(sample.bytes + "\n\0 garbage"s, result);
  }
}

TEST(HttpRequestParser, IsIncompleteBeforeTheLastByte) {
  for (const auto& sample : accepted_requests()) {
    SCOPED_TRACE(testing::PrintToString(sample.bytes));
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      const auto result = parse(std::string_view(sample.bytes).substr(0, size));
      ASSERT_EQ(result.status, 0u) << size;
      ASSERT_FALSE(result.complete) << size;
    }
  }
}

TEST(HttpRequestParser, KeepsFieldsAsSent) {
  const auto result = parse(get("A:\t b c \t\r\na: \r\nCookie: \xc3\xa9=1; b\r\n"));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"Host", "example"}, {"A", "b c"}, {"a", ""}, {"Cookie", "\xc3\xa9=1; b"}};
  EXPECT_EQ(result.fields, expected);
  EXPECT_EQ(result.version, 11u);
  EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n").version, 10u);
}

TEST(HttpRequestParser, DropsTrailers) {
  const auto result = parse(chunked("1\r\na\r\n0\r\nHost: evil\r\nCookie: evil\r\n\r\n"));
  ASSERT_TRUE(result.complete);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"Host", "example"}, {"Transfer-Encoding", "chunked"}};
  EXPECT_EQ(result.fields, expected);
}

TEST(HttpRequestParser, PutsTheAuthorityOfAnAbsoluteTargetIntoHost) {
  const auto result = parse("GET http://right:8080/x HTTP/1.1\r\nHost: wrong\r\n\r\n");
  const std::vector<std::pair<std::string, std::string>> expected = {{"Host", "right:8080"}};
  EXPECT_EQ(result.fields, expected);
}

TEST(HttpRequestParser, StopsAtTheEndOfTheHeadOnce) {
  http_request_parser parser(small_limits());
  parser.set_body_limit(3);
  const std::string head = post("Content-Length: 3\r\n\r\n");
  const std::string bytes = head + "abc";
  EXPECT_EQ(parser.put(bytes), head.size());
  EXPECT_TRUE(parser.head_complete());
  EXPECT_FALSE(parser.complete());
  EXPECT_TRUE(parser.has_body());
  EXPECT_TRUE(parser.request().body.empty());
  EXPECT_EQ(parser.put("abcGET"), 3u);
  EXPECT_TRUE(parser.complete());
  EXPECT_EQ(parser.request().body, "abc");
  EXPECT_EQ(parser.put("GET"), 0u);
}

TEST(HttpRequestParser, IsCompleteWithTheHeadOfARequestWithoutBody) {
  http_request_parser parser(small_limits());
  const auto first = get("");
  EXPECT_EQ(parser.put(first + first), first.size());
  EXPECT_TRUE(parser.head_complete());
  EXPECT_TRUE(parser.complete());
  EXPECT_FALSE(parser.has_body());
}

TEST(HttpRequestParser, IsIdleUntilTheRequestBegins) {
  http_request_parser parser(small_limits());
  EXPECT_TRUE(parser.idle());
  EXPECT_EQ(parser.put(""), 0u);
  EXPECT_EQ(parser.put("\r\n\r"), 3u);
  EXPECT_TRUE(parser.idle());
  EXPECT_EQ(parser.put("\n"), 1u);
  EXPECT_TRUE(parser.idle());
  EXPECT_FALSE(parser.head_complete());
  EXPECT_FALSE(parser.complete());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_FALSE(parser.has_body());
  EXPECT_FALSE(parser.expects_continue());
  EXPECT_EQ(parser.error_status(), 0u);
  EXPECT_EQ(parser.put("G"), 1u);
  EXPECT_FALSE(parser.idle());
}

TEST(HttpRequestParser, CanBeMovedInTheMiddleAndReplaced) {
  http_request_parser first(small_limits());
  EXPECT_EQ(first.put("GET /mov"), 8u);
  http_request_parser second(std::move(first));
  second.put("ed HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(second.complete());
  EXPECT_EQ(second.request().target, "/moved");
  second = http_request_parser(small_limits());
  EXPECT_TRUE(second.idle());
  second.put(get(""));
  EXPECT_TRUE(second.complete());
}

TEST(HttpRequestParser, BodyLimitMayBeSetBetweenHeadAndBody) {
  for (const std::uint64_t limit : {2u, 3u}) {
    http_request_parser declared(small_limits());
    declared.put(post("Content-Length: 3\r\n\r\n"));
    ASSERT_TRUE(declared.head_complete());
    ASSERT_EQ(declared.error_status(), 0u);
    declared.set_body_limit(limit);
    EXPECT_EQ(declared.put(""), 0u) << "a declared length is judged before the body comes";
    EXPECT_EQ(declared.error_status(), limit == 2 ? 413u : 0u);
    EXPECT_EQ(declared.put("abc"), limit == 2 ? 0u : 3u);
    EXPECT_EQ(declared.complete(), limit == 3);

    http_request_parser chunks(small_limits());
    chunks.put(chunked(""));
    ASSERT_TRUE(chunks.head_complete());
    chunks.set_body_limit(limit);
    chunks.put("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
    EXPECT_EQ(chunks.error_status(), limit == 2 ? 413u : 0u);
    EXPECT_EQ(chunks.complete(), limit == 3);
  }
}

TEST(HttpRequestParser, BodyLimitIsZeroAtFirst) {
  http_request_parser parser(small_limits());
  parser.put(post("Content-Length: 1\r\n\r\n"));
  parser.put("a");
  EXPECT_EQ(parser.error_status(), 413u);

  http_request_parser empty(small_limits());
  empty.put(chunked(""));
  empty.put("0\r\n\r\n");
  EXPECT_TRUE(empty.complete());
}

TEST(HttpRequestParser, AllocatesLittleOnADeclaredLength) {
  http_request_parser parser(small_limits());
  parser.set_body_limit(std::uint64_t{1} << 62);
  parser.put(post("Content-Length: 4611686018427387904\r\n\r\n"));
  parser.put("a");
  EXPECT_EQ(parser.error_status(), 0u);
  EXPECT_EQ(parser.request().body, "a");
  EXPECT_LE(parser.request().body.capacity(), 64u * 1024);

  http_request_parser chunks(small_limits());
  chunks.set_body_limit(std::uint64_t{1} << 62);
  chunks.put(chunked(""));
  chunks.put("4000000000000000\r\na");
  EXPECT_EQ(chunks.error_status(), 0u);
  EXPECT_EQ(chunks.request().body, "a");
  EXPECT_LE(chunks.request().body.capacity(), 64u * 1024);
}

TEST(HttpRequestParser, CountsDecodedBytesOfChunks) {
  std::string body;
  for (int i = 0; i < 64; ++i) body += "1;extension=x\r\na\r\n";
  EXPECT_EQ(parse(chunked(body + "0\r\n\r\n")).body, std::string(64, 'a'));
  EXPECT_EQ(parse(chunked(body + "1\r\n")).status, 413u);
}

TEST(HttpRequestParser, CapsChunkExtensionsInTotal) {
  const std::string chunk = "1;" + std::string(1023, 'x') + "\r\na\r\n";  // 1024 bytes of extension
  std::string body;
  for (int i = 0; i < 8; ++i) body += chunk;
  EXPECT_TRUE(parse(chunked(body + "0\r\n\r\n")).complete);
  EXPECT_EQ(parse(chunked(body + "1;x\r\n")).status, 400u);
  EXPECT_EQ(parse(chunked("1;" + std::string(100'000, 'x'))).status, 400u);
  EXPECT_TRUE(parse(chunked("1;" + std::string(8191, 'x') + "\r\na\r\n0\r\n\r\n")).complete);
}

TEST(HttpRequestParser, HeadOfExactlyTheLimitIsAccepted) {
  const auto of_size = [](std::size_t size) {
    const std::string begin = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nA: ";
    return begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n";
  };
  const auto limit = small_limits().max_header_size;
  const auto exact = parse(of_size(limit) + "1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(exact.status, 0u);
  EXPECT_EQ(exact.body, "a");
  expect_same_however_split(of_size(limit) + "1\r\na\r\n0\r\n\r\n", exact);
  EXPECT_EQ(parse(of_size(limit) + "0\r\nA: b\r\n\r\n").status, 431u) << "trailers count as well";
  EXPECT_TRUE(parse(of_size(limit - 6) + "0\r\nA: b\r\n\r\n").complete);
  EXPECT_EQ(parse(of_size(limit + 1)).status, 431u);
  expect_same_however_split(of_size(limit + 1), refusal(431));
}

TEST(HttpRequestParser, KnowsWhetherTheClientWaits) {
  const auto expects = [](const std::string& bytes) {
    http_request_parser parser(small_limits());
    parser.put(bytes);
    EXPECT_TRUE(parser.head_complete());
    return parser.expects_continue();
  };
  EXPECT_TRUE(expects(post("Expect: 100-continue\r\nContent-Length: 1\r\n\r\n")));
  EXPECT_TRUE(expects(post("expect: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n\r\n")));
  EXPECT_FALSE(expects(post("Content-Length: 1\r\n\r\n")));
  EXPECT_FALSE(expects(post("Expect: 100-continue\r\nContent-Length: 0\r\n\r\n")));
  EXPECT_FALSE(expects("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"));

  http_request_parser parser(small_limits());
  parser.set_body_limit(2);
  parser.put(post("Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_TRUE(parser.expects_continue());
  parser.put("a");
  EXPECT_FALSE(parser.expects_continue()) << "the body has begun";
}

TEST(HttpRequestParser, ParsesPipelinedRequestsOneByOne) {
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
    bytes += "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  std::string_view rest = bytes;
  int requests = 0;
  while (!rest.empty()) {
    http_request_parser parser(small_limits());
    parser.set_body_limit(2);
    while (!parser.complete()) {
      const auto taken = parser.put(rest);
      ASSERT_GT(taken, 0u);
      rest.remove_prefix(taken);
    }
    const auto expected = requests % 2 == 0 ? "/" + std::to_string(requests / 2) : "/x"s;
    EXPECT_EQ(parser.request().target, expected);
    ++requests;
  }
  EXPECT_EQ(requests, 100);
}

}  // namespace
}  // namespace socketio::detail
