#include <socketio/protocol/stored_request.hpp>

#include <string>

#include <gtest/gtest.h>

namespace {

using socketio::http_request;
using socketio::stored_request;

TEST(StoredRequest, KeepsEverythingButTheBody) {
  http_request request;
  request.method = "GET";
  request.target = "/socket.io/?EIO=4&x=a?b";
  request.headers = {
      {"Host", "example.com"}, {"Cookie", ""}, {"User-Agent", std::string(300, 'u')}};
  request.body = "body";
  request.remote_address = "::1";
  request.secure = true;
  const stored_request stored(request);
  request = {};
  const auto head = stored.head();
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/socket.io/?EIO=4&x=a?b");
  EXPECT_EQ(head.path(), "/socket.io/");
  EXPECT_EQ(head.query(), "EIO=4&x=a?b");
  EXPECT_EQ(head.version, 11U);
  EXPECT_EQ(head.remote_address, "::1");
  EXPECT_TRUE(head.secure);
  EXPECT_EQ(head.client_subject, std::nullopt);
  ASSERT_EQ(head.headers.size(), 3U);
  EXPECT_EQ(head.headers["host"], "example.com");
  EXPECT_EQ(head.headers.find("Cookie"), "");
  EXPECT_EQ(head.headers["User-Agent"], std::string(300, 'u'));
  EXPECT_EQ(head.headers.find("Origin"), std::nullopt);
}

TEST(StoredRequest, KeepsAnEmptyRequest) {
  http_request request;
  request.version = 10;
  const auto stored = stored_request(request);
  const auto head = stored.head();
  EXPECT_EQ(head.method, "");
  EXPECT_EQ(head.target, "");
  EXPECT_EQ(head.path(), "");
  EXPECT_EQ(head.query(), "");
  EXPECT_EQ(head.version, 10U);
  EXPECT_EQ(head.remote_address, "");
  EXPECT_FALSE(head.secure);
  EXPECT_TRUE(head.headers.empty());
}

TEST(StoredRequest, KeepsALabel) {
  http_request request;
  request.method = "GET";
  request.target = "/socket.io/?EIO=4&transport=polling";
  const stored_request labelled(request, "label");
  EXPECT_EQ(labelled.label(), "label");
  EXPECT_EQ(labelled.head().method, "GET");
  EXPECT_EQ(labelled.head().target, "/socket.io/?EIO=4&transport=polling");
  EXPECT_EQ(labelled.head().version, 11U);
  EXPECT_EQ(stored_request(request).label(), "");
}

// An empty subject is not that of no certificate.
TEST(StoredRequest, KeepsTheClientsSubject) {
  http_request request;
  request.target = "/a";
  for (const std::string subject : {"CN=Ada,O=Example", ""}) {
    request.client_subject = subject;
    for (const auto* label : {"", "label"}) {
      const stored_request stored(request, label);
      EXPECT_EQ(stored.head().client_subject, subject);
      EXPECT_EQ(stored.head().target, "/a");
      EXPECT_EQ(stored.label(), label);
    }
  }
}

TEST(StoredRequest, IsSharedByItsCopies) {
  http_request request;
  request.target = "/a";
  const stored_request first(request);
  const auto second = first;
  EXPECT_EQ(first.head().target.data(), second.head().target.data());
}

}  // namespace
