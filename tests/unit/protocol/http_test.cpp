#include <socketio/protocol/http.hpp>

#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using socketio::equals_ignoring_case;
using socketio::http_fields;
using socketio::http_fields_view;
using socketio::http_request;
using socketio::http_response;
using socketio::is_token;
using socketio::percent_decode;
using socketio::percent_encode;
using socketio::query_parameter;
using socketio::query_parameters;
using socketio::reason_phrase;

using field = std::pair<std::string_view, std::string_view>;

TEST(HttpFields, FindsNamesWithoutRegardToCase) {
  const http_fields fields{{"Content-Type", "text/plain"}, {"Host", "example.com"}};
  EXPECT_EQ(fields["content-type"], "text/plain");
  EXPECT_EQ(fields.find("HOST"), "example.com");
  EXPECT_EQ(fields.find("Hos"), std::nullopt);
  EXPECT_EQ(fields.find("Hosts"), std::nullopt);
  EXPECT_EQ(fields["Accept"], "");
}

TEST(HttpFields, KeepsOrderAndRepetitions) {
  http_fields fields;
  EXPECT_TRUE(fields.empty());
  fields.append("Set-Cookie", "a=1");
  fields.append("Vary", "Origin");
  fields.append("set-cookie", "b=2");
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_FALSE(fields.empty());
  EXPECT_EQ(fields.at(0), field("Set-Cookie", "a=1"));
  EXPECT_EQ(fields.at(1), field("Vary", "Origin"));
  EXPECT_EQ(fields.at(2), field("set-cookie", "b=2"));
  EXPECT_THROW(static_cast<void>(fields.at(3)), std::out_of_range);
  EXPECT_EQ(fields.count("SET-COOKIE"), 2U);
  EXPECT_EQ(fields.count("Cookie"), 0U);
  EXPECT_EQ(fields["Set-Cookie"], "a=1") << "the first one";
}

TEST(HttpFields, SetReplacesEveryFieldOfThatName) {
  http_fields fields{{"Vary", "Origin"}, {"Host", "a"}, {"vary", "Accept"}};
  fields.set("VARY", "*");
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields.at(0), field("Host", "a"));
  EXPECT_EQ(fields.at(1), field("VARY", "*"));
}

TEST(HttpFields, EraseRemovesEveryFieldOfThatName) {
  http_fields fields{{"Vary", "Origin"}, {"Host", "a"}, {"vary", "Accept"}};
  fields.erase("Vary");
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields.at(0), field("Host", "a"));
  fields.erase("Vary");
  EXPECT_EQ(fields.size(), 1U);
}

TEST(HttpFields, FindsTokensInLists) {
  const http_fields fields{{"Connection", "keep-alive,\t Upgrade "}, {"connection", "close"}};
  EXPECT_TRUE(fields.has_token("Connection", "upgrade"));
  EXPECT_TRUE(fields.has_token("Connection", "keep-alive"));
  EXPECT_TRUE(fields.has_token("Connection", "Close")) << "in a second field";
  EXPECT_FALSE(fields.has_token("Connection", "keep"));
  EXPECT_FALSE(fields.has_token("Connection", "grade"));
  EXPECT_FALSE(fields.has_token("Upgrade", "close"));
}

TEST(HttpFields, IterateInOrder) {
  const http_fields fields{{"Host", "a"}, {"X-Empty", ""}, {"Vary", "Origin"}};
  const std::vector<field> expected{{"Host", "a"}, {"X-Empty", ""}, {"Vary", "Origin"}};
  EXPECT_EQ(std::vector<field>(fields.begin(), fields.end()), expected);
  const http_fields none;
  EXPECT_TRUE(none.begin() == none.end());
  static_assert(std::forward_iterator<http_fields_view::iterator>);
}

TEST(HttpFields, MayBeOfAnySize) {
  http_fields fields;
  const std::vector<std::size_t> sizes{0, 1, 127, 128, 16'383, 16'384, 3'000'000};
  for (const auto size : sizes) {
    fields.append("X-" + std::string(size, 'n'), std::string(size, 'v'));
  }
  ASSERT_EQ(fields.size(), sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(fields.at(i).first.size(), sizes[i] + 2);
    EXPECT_TRUE(fields.at(i).second == std::string(sizes[i], 'v'));
  }
}

TEST(HttpFields, AreReadableThroughAView) {
  const http_fields fields{{"Host", "a"}, {"Connection", "keep-alive, Upgrade"}};
  const http_fields_view view = fields;
  EXPECT_EQ(view["HOST"], "a");
  EXPECT_EQ(view["Accept"], "");
  EXPECT_EQ(view.count("host"), 1U);
  EXPECT_EQ(view.size(), 2U);
  EXPECT_TRUE(view.has_token("connection", "upgrade"));
  EXPECT_EQ(view.at(1).first, "Connection");
  EXPECT_EQ(view["Host"].data(), fields["Host"].data()) << "not copied";
  http_fields copy = view;
  copy.set("Host", "b");
  EXPECT_EQ(copy["Host"], "b");
  EXPECT_EQ(view["Host"], "a");
  EXPECT_TRUE(http_fields_view().empty());
}

TEST(HttpRequest, SplitsTheTargetAtTheQuery) {
  http_request request;
  request.target = "/socket.io/?EIO=4&x=a?b";
  EXPECT_EQ(request.path(), "/socket.io/");
  EXPECT_EQ(request.query(), "EIO=4&x=a?b");
  request.target = "/a%20b";
  EXPECT_EQ(request.path(), "/a%20b");
  EXPECT_EQ(request.query(), "");
  request.target = "/?";
  EXPECT_EQ(request.path(), "/");
  EXPECT_EQ(request.query(), "");
}

TEST(HttpResponse, NamesTheTypeOfItsContent) {
  const http_response response(404, "text/plain", "nothing here");
  EXPECT_EQ(response.status, 404U);
  EXPECT_EQ(response.headers["Content-Type"], "text/plain");
  EXPECT_EQ(response.body, "nothing here");
  EXPECT_EQ(http_response().status, 200U);
  EXPECT_TRUE(http_response(204).headers.empty());
}

TEST(QueryParameters, AreDecoded) {
  const query_parameters query("EIO=4&name=J%C3%BCrgen+K&empty=&alone&a%3Db=c%26d&x==");
  EXPECT_EQ(query.size(), 6U);
  EXPECT_EQ(query["EIO"], "4");
  EXPECT_EQ(query["name"], "J\xC3\xBCrgen K");
  EXPECT_EQ(query.find("empty"), "");
  EXPECT_EQ(query.find("alone"), "");
  EXPECT_EQ(query["a=b"], "c&d");
  EXPECT_EQ(query["x"], "=");
  EXPECT_EQ(query.find("eio"), std::nullopt) << "names are case-sensitive";
}

TEST(QueryParameters, LastOfARepeatedNameWins) {
  const query_parameters query("sid=1&t=x&sid=2");
  EXPECT_EQ(query["sid"], "2");
  ASSERT_EQ(query.size(), 2U);
  EXPECT_EQ(query.begin()->first, "sid") << "in the place of the first";
}

TEST(QueryParameters, TolerateMalformedPairs) {
  const query_parameters query("&&a=%&b=%4&c=%zz&=d&e=%41%");
  EXPECT_EQ(query["a"], "%");
  EXPECT_EQ(query["b"], "%4");
  EXPECT_EQ(query["c"], "%zz");
  EXPECT_EQ(query[""], "d");
  EXPECT_EQ(query["e"], "A%");
  EXPECT_EQ(query_parameters("").size(), 0U);
}

TEST(QueryParameter, AgreesWithQueryParameters) {
  for (const std::string_view query :
       {"EIO=4&name=J%C3%BCrgen+K&empty=&alone&a%3Db=c%26d&x==", "sid=1&t=x&sid=2",
        "sid&sid=", "s%69d=1&sid=%32", "sid=1&s%69d=a+b", "&&a=%&b=%4&c=%zz&=d&e=%41%", "", "&",
        "=", "s+d=1"}) {
    const query_parameters all(query);
    for (const std::string_view name :
         {"EIO", "name", "empty", "alone", "a=b", "a%3Db", "x", "sid", "t", "a", "b", "c", "", "e",
          "s d", "s+d", "eio", "other"}) {
      const query_parameter one(query, name);
      EXPECT_EQ(static_cast<bool>(one), all.find(name).has_value()) << query << ": " << name;
      EXPECT_EQ(one.value(), all[name]) << query << ": " << name;
    }
  }
}

TEST(PercentEncode, EscapesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?\xC3\xA9%"), "a%20b%2Fc%3F%C3%A9%25");
  EXPECT_EQ(percent_encode(""), "");
  EXPECT_EQ(percent_decode(percent_encode("a b/\xFF+")), "a b/\xFF+");
}

TEST(HttpResponse, Redirects) {
  const auto response = socketio::http_response::redirect("/login");
  EXPECT_EQ(response.status, 302U);
  EXPECT_EQ(response.headers["Location"], "/login");
  EXPECT_EQ(socketio::http_response::redirect("https://example.com/", 303).status, 303U);
}

TEST(PercentDecode, LeavesPlusSignsAndMalformedEscapesAlone) {
  EXPECT_EQ(percent_decode("a+b%20c%2f%2F"), "a+b c//");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%2"), "%2");
  EXPECT_EQ(percent_decode("%G0%0G"), "%G0%0G");
  EXPECT_EQ(percent_decode("%%41"), "%A");
}

TEST(HttpText, ComparesWithoutRegardToAsciiCaseOnly) {
  EXPECT_TRUE(equals_ignoring_case("WebSocket", "wEBsOCKET"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4"));
}

TEST(HttpText, KnowsTokens) {
  EXPECT_TRUE(is_token("GET"));
  EXPECT_TRUE(is_token("M-SEARCH"));
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  EXPECT_FALSE(is_token(""));
  for (const char c : std::string_view("\"(),/:;<=>?@[\\]{} \t\r\n\x7F\x80\0", 24)) {
    EXPECT_FALSE(is_token(std::string("a") + c)) << int{c};
  }
}

TEST(HttpText, KnowsReasonPhrases) {
  EXPECT_EQ(reason_phrase(101), "Switching Protocols");
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(400), "Bad Request");
  EXPECT_EQ(reason_phrase(599), "Unknown");
}

}  // namespace
