#include "client/websocket_url.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;
using socketio::websocket::detail::parse_url;

// The parts of a URL, one after the other.
std::string parts(std::string_view text) {
  const auto parsed = parse_url(text);
  if (!parsed) return "(malformed)";
  return (parsed->secure ? "wss " : "ws ") + parsed->host + ' ' + std::to_string(parsed->port) +
         ' ' + parsed->target + ' ' + parsed->authority();
}

TEST(WebsocketUrl, HasTheSchemesPort) {
  EXPECT_EQ(parts("ws://example.com/chat"), "ws example.com 80 /chat example.com");
  EXPECT_EQ(parts("wss://example.com/chat"), "wss example.com 443 /chat example.com");
  EXPECT_EQ(parts("WSS://example.com:443/"), "wss example.com 443 / example.com");
  EXPECT_EQ(parts("ws://example.com:443/"), "ws example.com 443 / example.com:443");
}

TEST(WebsocketUrl, MayLackPathAndQuery) {
  EXPECT_EQ(parts("ws://a"), "ws a 80 / a");
  EXPECT_EQ(parts("ws://a:3000"), "ws a 3000 / a:3000");
  EXPECT_EQ(parts("ws://a?b=c"), "ws a 80 /?b=c a");
  EXPECT_EQ(parts("ws://a:1?b=/c:d@e"), "ws a 1 /?b=/c:d@e a:1");
  EXPECT_EQ(parts("ws://a//b?"), "ws a 80 //b? a");
}

TEST(WebsocketUrl, TakesAddresses) {
  EXPECT_EQ(parts("ws://127.0.0.1:65535/"), "ws 127.0.0.1 65535 / 127.0.0.1:65535");
  EXPECT_EQ(parts("ws://[::1]/x"), "ws ::1 80 /x [::1]");
  EXPECT_EQ(parts("wss://[::ffff:127.0.0.1]:8443"),
            "wss ::ffff:127.0.0.1 8443 / [::ffff:127.0.0.1]:8443");
}

TEST(WebsocketUrl, RefusesTheRest) {
  for (const auto& text : {""s,
                           "ws"s,
                           "ws:"s,
                           "ws:/a"s,
                           "//a"s,
                           "http://a"s,
                           "ws://"s,
                           "ws:///a"s,
                           "ws://:80/"s,
                           "ws://a:/"s,
                           "ws://a:0/"s,
                           "ws://a:65536/"s,
                           "ws://a:-1/"s,
                           "ws://a:+1/"s,
                           "ws://a:1x/"s,
                           "ws://a:1:2/"s,
                           "ws://user@a/"s,
                           "ws://user:pass@a/"s,
                           "ws://a/#b"s,
                           "ws://a#b"s,
                           "ws://a/b c"s,
                           "ws://a/\r\nX: y"s,
                           "ws://a/\x7F"s,
                           "ws://a/\xC3\xA4"s,
                           "ws://\xC3\xA4/"s,
                           "ws://a\r\n/"s,
                           "ws://a%20b/"s,
                           "ws://[::1"s,
                           "ws://[]/"s,
                           "ws://[::1]x/"s,
                           "ws://[a]/"s,
                           "ws://[::1%25lo]/"s,
                           "ws://::1/"s,
                           "ws://a/b\0c"s}) {
    EXPECT_EQ(parts(text), "(malformed)") << text;
  }
}

}  // namespace
