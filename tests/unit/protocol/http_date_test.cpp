#include <socketio/detail/http_date.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace socketio::detail {
namespace {

TEST(HttpDate, IsAnImfFixdate) {
  const auto at = [](long long seconds) {
    return http_date(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
  };
  EXPECT_EQ(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(at(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(at(951868799), "Tue, 29 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(at(4102444800), "Fri, 01 Jan 2100 00:00:00 GMT");
  EXPECT_EQ(at(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
}

}  // namespace
}  // namespace socketio::detail
