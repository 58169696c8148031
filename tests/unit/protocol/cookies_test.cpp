#include <socketio/protocol/cookies.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using socketio::cookie_attributes;

using socketio::find_cookie;
using socketio::http_fields;
using socketio::set_cookie;

TEST(Cookies, AreFoundByTheirName) {
  const http_fields headers = {{"Host", "a"}, {"cookie", "a=1; session=x%20=y==;b=; \tc = 3 "}};
  EXPECT_EQ(find_cookie(headers, "a"), "1");
  EXPECT_EQ(find_cookie(headers, "session"), "x%20=y==");
  EXPECT_EQ(find_cookie(headers, "b"), "");
  EXPECT_EQ(find_cookie(headers, "c"), "3");
  for (const auto* other : {"A", "sessio", "session ", "x", "y", "1", ""}) {
    EXPECT_EQ(find_cookie(headers, other), std::nullopt) << other;
  }
}

TEST(Cookies, MayStandInSeveralFields) {
  const http_fields headers = {{"Cookie", "a=1"}, {"Cookie", "a=2; b=3"}};
  EXPECT_EQ(find_cookie(headers, "a"), "1") << "the first";
  EXPECT_EQ(find_cookie(headers, "b"), "3");
}

TEST(Cookies, NeedAName) {
  for (const std::string_view text : {"", ";", ";;", "a", "a;", " ", "=1", "; =1; a"}) {
    EXPECT_EQ(find_cookie(http_fields{{"Cookie", text}}, "a"), std::nullopt) << text;
  }
  EXPECT_EQ(find_cookie({}, "a"), std::nullopt);
}

// The Set-Cookie for attributes.
std::string cookie_with(const cookie_attributes& attributes) {
  http_fields fields;
  set_cookie(fields, "id", "7", attributes);
  return std::string(fields["Set-Cookie"]);
}

TEST(Cookies, AreSetBesideOthers) {
  http_fields fields = {{"Set-Cookie", "a=1"}};
  set_cookie(fields, "session", "x=1%20");
  EXPECT_EQ(fields.count("Set-Cookie"), 2U);
  EXPECT_EQ(fields.at(1).second, "session=x=1%20; Path=/; HttpOnly; SameSite=Lax");
  set_cookie(fields, "empty", "");
  EXPECT_EQ(fields.at(2).second, "empty=; Path=/; HttpOnly; SameSite=Lax");
}

TEST(Cookies, HaveTheAttributesOfRfc6265) {
  cookie_attributes all;
  all.path = "/a";
  all.domain = "example.com";
  all.max_age = 60s;
  all.expires = std::chrono::system_clock::time_point(784111777s);
  all.secure = true;
  all.partitioned = true;
  all.priority = "High";
  all.same_site = "None";
  EXPECT_EQ(cookie_with(all),
            "id=7; Max-Age=60; Domain=example.com; Path=/a; Expires=Sun, 06 Nov 1994 08:49:37 GMT; "
            "HttpOnly; Secure; Partitioned; Priority=High; SameSite=None");
  cookie_attributes none;
  none.path = "";
  none.http_only = false;
  none.same_site = "";
  EXPECT_EQ(cookie_with(none), "id=7");
  cookie_attributes removed;
  removed.max_age = 0s;
  EXPECT_EQ(cookie_with(removed), "id=7; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

TEST(Cookies, ThatBrowsersRefuseAreNotSet) {
  http_fields fields;
  for (const std::string_view name : {"", "a b", "a=b", "a;b", "\"a\""}) {
    EXPECT_THROW(set_cookie(fields, name, "1"), std::invalid_argument) << name;
  }
  for (const std::string_view value :
       {"a b", "a;b", "a,b", "\"a\"", "a\\b", "a\r\nSet-Cookie: b=1", "\x7F", "\xC3\xA9"}) {
    EXPECT_THROW(set_cookie(fields, "a", value), std::invalid_argument) << value;
    EXPECT_FALSE(socketio::is_cookie_value(value)) << value;
    set_cookie(fields, "a", socketio::percent_encode(value));
  }
  EXPECT_EQ(fields.size(), 8U);
  const auto refused = [&](auto change) {
    cookie_attributes attributes;
    change(attributes);
    EXPECT_THROW(set_cookie(fields, "a", "1", attributes), std::invalid_argument);
  };
  refused([](auto& a) { a.path = "/; Domain=b"; });
  refused([](auto& a) { a.domain = "b\r\n"; });
  refused([](auto& a) { a.same_site = "none"; });
  refused([](auto& a) { a.same_site = "None"; });
  refused([](auto& a) { a.partitioned = true; });
  cookie_attributes secure;
  secure.secure = true;
  set_cookie(fields, "__Host-a", "1", secure);
  secure.domain = "b";
  EXPECT_THROW(set_cookie(fields, "__Host-a", "1", secure), std::invalid_argument);
  EXPECT_EQ(fields.size(), 9U);
}

}  // namespace
