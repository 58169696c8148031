// What on_connection_error is told about refused requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engineio/fixture.hpp"

namespace socketio::engineio {
namespace {

using fakes::make_request;
using fakes::make_upgrade_request;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::string_view handshake_query = "EIO=4&transport=polling";

class refusals : public fakes::engine_test {
 protected:
  void SetUp() override {
    settings_.on_connection_error = [this](const http_request&, const connection_error& error) {
      errors_.push_back(error);
    };
  }

  // Sends a request, which has to be refused, and returns what was told.
  connection_error refused(http_request sent, unsigned status = 400) {
    errors_.clear();
    EXPECT_EQ(request(std::move(sent))->status(), status);
    if (errors_.size() == 1) return errors_.front();
    ADD_FAILURE() << errors_.size() << " errors";
    return {};
  }

  std::vector<connection_error> errors_;
};

TEST_F(refusals, name_the_transport) {
  const auto error = refused(make_request("GET", "EIO=4&transport=pigeon"));
  EXPECT_EQ(error.code, 0);
  EXPECT_EQ(error.context, "TRANSPORT_UNKNOWN");
  EXPECT_THAT(error.details, ElementsAre(Pair("transport", "pigeon")));
}

TEST_F(refusals, name_an_origin_with_forbidden_bytes) {
  for (const auto* origin : {"http://a.test\x7f", "\x01", "a\nb"}) {
    auto sent = make_request("GET", std::string(handshake_query));
    sent.headers.append("Origin", origin);
    const auto error = refused(std::move(sent));
    EXPECT_EQ(error.code, 3);
    EXPECT_EQ(error.context, "INVALID_ORIGIN");
    EXPECT_THAT(error.details, ElementsAre(Pair("origin", origin)));
  }
  auto upgrade = make_upgrade_request("EIO=4&transport=websocket&sid=unknown");
  upgrade.headers.append("Origin", "\x02");
  EXPECT_EQ(refused(std::move(upgrade)).context, "INVALID_ORIGIN") << "before the session";
}

TEST_F(refusals, allow_all_other_origins) {
  for (const auto* origin : {"", "http://a.test", "null", "a\tb", "caf\xC3\xA9"}) {
    auto sent = make_request("GET", std::string(handshake_query));
    sent.headers.append("Origin", origin);
    EXPECT_EQ(request(std::move(sent))->status(), 200U);
  }
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(refusals, name_the_session) {
  const auto error = refused(make_request("GET", "EIO=4&transport=polling&sid=some%20one"));
  EXPECT_EQ(error.code, 1);
  EXPECT_THAT(error.details, ElementsAre(Pair("sid", "some one")));
}

TEST_F(refusals, name_the_method) {
  const auto error = refused(make_request("PUT", std::string(handshake_query)));
  EXPECT_EQ(error.code, 2);
  EXPECT_THAT(error.details, ElementsAre(Pair("method", "PUT")));
}

TEST_F(refusals, name_both_transports) {
  open_websocket();
  const auto error = refused(make_request("GET", session_query()));
  EXPECT_EQ(error.code, 3);
  EXPECT_EQ(error.context, "TRANSPORT_MISMATCH");
  EXPECT_THAT(error.details,
              ElementsAre(Pair("previous_transport", "websocket"), Pair("transport", "polling")));
  EXPECT_EQ(refused(make_request("GET", "EIO=3&transport=polling&sid=" + sid_)).context,
            "TRANSPORT_MISMATCH")
      << "before the revision";
}

TEST_F(refusals, name_both_revisions) {
  open_polling();
  const auto error = refused(make_request("GET", "EIO=3&transport=polling&sid=" + sid_));
  EXPECT_EQ(error.context, "PROTOCOL_MISMATCH");
  EXPECT_THAT(error.details, ElementsAre(Pair("previous_protocol", "4"), Pair("protocol", "3")));
}

TEST_F(refusals, name_the_unsupported_revision) {
  const auto error = refused(make_request("GET", "EIO=7&transport=polling"));
  EXPECT_EQ(error.code, 5);
  EXPECT_THAT(error.details, ElementsAre(Pair("protocol", "7")));
}

TEST_F(refusals, have_the_applications_message) {
  std::string refusal;
  settings_.allow_request = [&](const http_request&, const allow_callback& decide) {
    decide(refusal);
  };
  EXPECT_THAT(refused(make_request("GET", std::string(handshake_query)), 403).details, IsEmpty());
  refusal = "no token";
  const auto error = refused(make_request("GET", std::string(handshake_query)), 403);
  EXPECT_EQ(error.message, "no token");
  EXPECT_EQ(error.context, "FORBIDDEN");
  EXPECT_THAT(error.details, ElementsAre(Pair("message", "no token")));
}

TEST_F(refusals, tell_what_is_wrong_with_a_websocket_handshake) {
  open_polling();
  for (const auto& query : {std::string(), "&sid=" + sid_}) {
    auto sent = make_upgrade_request("EIO=4&transport=websocket" + query);
    sent.headers.set("Sec-WebSocket-Key", "short");
    const auto error = refused(std::move(sent));
    EXPECT_EQ(error.code, 3);
    EXPECT_EQ(error.message, "Bad request");
    EXPECT_EQ(error.context, "TRANSPORT_HANDSHAKE_ERROR");
    EXPECT_THAT(error.details,
                ElementsAre(Pair("error", "Missing or invalid Sec-WebSocket-Key header")));
  }
  EXPECT_EQ(shards_[0]->read_statistics().refusals["bad request"], 2U);
}

}  // namespace
}  // namespace socketio::engineio
