// Which pages may open a WebSocket: browsers leave that to the server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WebSocketOrigin : public fakes::engine_test {
 protected:
  WebSocketOrigin() {
    settings_.on_connection_error = [this](const http_request&, const connection_error& error) {
      errors_.push_back(error);
    };
  }

  // What a WebSocket of a page at an origin gets.
  answer_ptr connect(std::string_view origin, std::string_view more = {}) {
    if (!engine_) {
      start();
      for (const auto& part : shards_) {
        part->on_warning([this](std::string_view line) { warnings_.emplace_back(line); });
        part->on_exception(
            [this](const auto&, std::string_view where) { exceptions_.emplace_back(where); });
      }
    }
    auto sent = fakes::make_upgrade_request("EIO=4&transport=websocket" + std::string(more));
    if (!origin.empty()) sent.headers.append(field_, origin);
    return request(std::move(sent));
  }
  [[nodiscard]] unsigned status_for(std::string_view origin) { return connect(origin)->status(); }

  std::string field_ = "Origin";
  std::vector<connection_error> errors_;
  std::vector<std::string> warnings_;
  std::vector<std::string> exceptions_;
};

TEST_F(WebSocketOrigin, IsThatOfTheHostByDefault) {
  for (const auto* own : {"http://localhost", "https://localhost", "http://LOCALHOST"}) {
    EXPECT_EQ(status_for(own), 101U) << own;
  }
  EXPECT_EQ(status_for(""), 101U) << "no page";
  EXPECT_THAT(warnings_, IsEmpty());
  for (const auto* other :
       {"http://localhost:81", "http://localhost.example", "https://example.com", "null", "*",
        "localhost", "http://", "://localhost/"}) {
    EXPECT_EQ(status_for(other), 400U) << other;
  }
}

TEST_F(WebSocketOrigin, IsRefusedWithWhatToDo) {
  const auto refused = connect("https://evil.example");
  EXPECT_EQ(refused->status(), 400U);
  EXPECT_EQ(refused->body(), "Pages from this origin may not connect");
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_EQ(errors_[0].code, 4);
  EXPECT_EQ(errors_[0].context, "FORBIDDEN_ORIGIN");
  EXPECT_EQ(errors_[0].details.at("origin"), "https://evil.example");
  EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr("https://evil.example"), HasSubstr("cors"),
                                           HasSubstr("check_websocket_origin"))));
  EXPECT_EQ(shards_[0]->read_statistics().refusals["forbidden"], 1U);
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(WebSocketOrigin, HasAnotherNameInVersion8) {
  field_ = "Sec-WebSocket-Origin";
  EXPECT_EQ(status_for("http://localhost"), 101U);
  EXPECT_EQ(status_for("https://evil.example"), 400U);
}

TEST_F(WebSocketOrigin, IsCheckedForUpgradesToo) {
  open_polling();
  for (const auto& part : shards_) part->on_warning([](std::string_view) {});
  const auto upgrade = [this](std::string_view origin) {
    return connect(origin, "&sid=" + sid_)->status();
  };
  EXPECT_EQ(upgrade("https://evil.example"), 400U);
  EXPECT_EQ(upgrade("http://localhost"), 101U);
}

TEST_F(WebSocketOrigin, MayBeOneThatMayPoll) {
  settings_.cors.emplace().origins = {"https://friend.example"};
  EXPECT_EQ(status_for("https://friend.example"), 101U);
  EXPECT_EQ(status_for("http://localhost"), 101U);
  EXPECT_EQ(status_for("https://evil.example"), 400U);
}

TEST_F(WebSocketOrigin, MayBeAnyThatMayPoll) {
  settings_.cors.emplace();
  EXPECT_EQ(status_for("https://anybody.example"), 101U);
  EXPECT_EQ(status_for("null"), 101U);
}

TEST_F(WebSocketOrigin, MayBeWhatTheApplicationAllows) {
  settings_.cors.emplace().allow_origin = [](std::string_view origin) {
    if (origin == "https://broken.example") throw std::runtime_error("broken");
    return origin.ends_with(".friend.example");
  };
  EXPECT_EQ(status_for("https://a.friend.example"), 101U);
  EXPECT_EQ(status_for("https://evil.example"), 400U);
  EXPECT_THAT(exceptions_, IsEmpty());
  EXPECT_EQ(status_for("https://broken.example"), 400U);
  EXPECT_THAT(exceptions_, Each("allow_origin"));
}

TEST_F(WebSocketOrigin, MayBeDecidedForEachRequest) {
  settings_.cors.emplace().for_request = [](const http_request& asking, const auto& choose) {
    cors_options chosen;
    chosen.origins = {std::string(asking.headers["X-Friend"])};
    choose(chosen);
  };
  start();
  const auto status = [this](std::string_view friendly) {
    auto sent = fakes::make_upgrade_request("EIO=4&transport=websocket");
    sent.headers.append("Origin", "https://friend.example");
    sent.headers.append("X-Friend", friendly);
    const auto answered = request(std::move(sent));
    EXPECT_TRUE(run_until([&] { return answered->response.has_value(); }));
    return answered->status();
  };
  EXPECT_EQ(status("https://friend.example"), 101U);
  EXPECT_EQ(status("https://other.example"), 400U);
}

TEST_F(WebSocketOrigin, MayBeAnyIfTheOptionSaysSo) {
  settings_.check_websocket_origin = false;
  EXPECT_EQ(status_for("https://anybody.example"), 101U);
  EXPECT_THAT(warnings_, IsEmpty());
}

}  // namespace
}  // namespace socketio::engineio
