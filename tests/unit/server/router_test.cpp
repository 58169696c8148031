#include "http/router.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace socketio::detail {
namespace {

class routers : public ::testing::Test {
 protected:
  // A route's number stands in its largest body.
  void add(std::string_view method, std::string_view pattern, std::uint64_t number) {
    router::route added;
    added.max_body_size = number;
    table.add(method, pattern, std::move(added));
  }
  // The number of the found route; 0 if there is none.
  [[nodiscard]] std::uint64_t find(std::string_view method, std::string_view path) const {
    const auto match = table.find(method, path);
    return match.found != nullptr ? match.found->max_body_size : 0;
  }

  router table;
};

TEST_F(routers, prefer_the_exact_path_and_then_the_longest_prefix) {
  add("GET", "/*", 1);
  add("GET", "/files/*", 2);
  add("GET", "/files/images/*", 3);
  add("GET", "/files/list", 4);
  EXPECT_EQ(find("GET", "/"), 1U);
  EXPECT_EQ(find("GET", "/files"), 1U);
  EXPECT_EQ(find("GET", "/files/a"), 2U);
  EXPECT_EQ(find("GET", "/files/lists"), 2U);
  EXPECT_EQ(find("GET", "/files/images/a"), 3U);
  EXPECT_EQ(find("GET", "/files/list"), 4U);
}

TEST_F(routers, tell_what_follows_the_prefix) {
  add("GET", "/files/*", 1);
  add("GET", "/exact", 2);
  const std::string path = "/files/a/b";
  EXPECT_EQ(table.find("GET", path).rest, "a/b");
  EXPECT_EQ(table.find("GET", "/files/").rest, "");
  EXPECT_EQ(table.find("GET", "/exact").rest, "");
}

TEST_F(routers, choose_by_method) {
  add("GET", "/", 1);
  add("POST", "/", 2);
  add("*", "/", 3);
  EXPECT_EQ(find("GET", "/"), 1U);
  EXPECT_EQ(find("HEAD", "/"), 1U) << "GET serves it";
  EXPECT_EQ(find("POST", "/"), 2U);
  EXPECT_EQ(find("DELETE", "/"), 3U);
  EXPECT_EQ(find("get", "/"), 3U) << "methods are case-sensitive";
  add("HEAD", "/", 4);
  EXPECT_EQ(find("HEAD", "/"), 4U);
}

TEST_F(routers, name_the_methods_of_a_path) {
  add("GET", "/", 1);
  add("POST", "/", 2);
  const auto refused = table.find("DELETE", "/");
  EXPECT_EQ(refused.found, nullptr);
  EXPECT_EQ(refused.allowed_methods, "GET, HEAD, POST");
  EXPECT_EQ(table.find("GET", "/unknown").allowed_methods, "");
  EXPECT_EQ(table.find("GET", "/").allowed_methods, "");
}

TEST_F(routers, know_their_patterns) {
  add("GET", "/a", 1);
  add("GET", "/b/*", 2);
  EXPECT_TRUE(table.contains("/a"));
  EXPECT_TRUE(table.contains("/b/*"));
  EXPECT_FALSE(table.contains("/b/c"));
  EXPECT_FALSE(table.contains("/a*"));
}

TEST_F(routers, refuse_what_no_request_has) {
  for (const auto* const pattern : {"", "a", "*", "/a b", "/a?b", "/a#b", "/*/a", "/\xc3\xa9"}) {
    EXPECT_THROW(add("GET", pattern, 1), std::invalid_argument) << pattern;
  }
  for (const auto* const method : {"", "get", "GE T", "GET,POST"}) {
    EXPECT_THROW(add(method, "/", 1), std::invalid_argument) << method;
  }
}

TEST_F(routers, refuse_a_second_route) {
  add("GET", "/", 1);
  EXPECT_THROW(add("GET", "/", 2), std::invalid_argument);
  add("GET", "/*", 3);
  EXPECT_EQ(find("GET", "/"), 1U);
}

}  // namespace
}  // namespace socketio::detail
