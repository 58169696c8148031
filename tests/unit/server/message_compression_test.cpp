#include "websocket/message_compression.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio::detail {
namespace {

using websocket::inflate_result;

constexpr std::uint64_t no_limit = 1'000'000;

websocket::deflate_options agreement(bool takeover) {
  websocket::deflate_options options;
  options.threshold = 20;
  options.server_no_context_takeover = !takeover;
  options.client_no_context_takeover = !takeover;
  return options;
}

// A text that does not become much shorter by itself.
std::string varied(std::size_t size) {
  std::string text;
  std::uint32_t seed = 1;
  while (text.size() < size) {
    seed = seed * 1664525 + 1013904223;
    text += static_cast<char>('!' + (seed >> 24U) % 90);
  }
  return text;
}

class message_compressions : public ::testing::TestWithParam<bool> {
 protected:
  engineio::deflate_contexts contexts;
  message_compression server{agreement(GetParam()), contexts};
  // What the peer has to do: one decompressor for all messages, as for takeover.
  websocket::inflater client_inflater{15};
  websocket::deflater client_deflater{15, 8, 6};

  std::string inflated(std::string_view compressed) {
    std::string text;
    EXPECT_EQ(client_inflater.decompress(compressed, true, no_limit, text), inflate_result::done);
    return text;
  }
  std::string deflated(std::string_view text) {
    std::string bytes;
    if (!GetParam()) client_deflater.reset();
    client_deflater.compress({}, text, bytes);
    return bytes;
  }
};
INSTANTIATE_TEST_SUITE_P(takeover, message_compressions, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "used" : "unused"; });

TEST_P(message_compressions, compress_so_that_the_peer_can_read) {
  const std::string body(1000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto compressed = server.compress("42", body);
    ASSERT_TRUE(compressed);
    EXPECT_LT(compressed->size(), 100U);
    EXPECT_EQ(inflated(*compressed), "42" + body);
  }
}

TEST_P(message_compressions, leave_short_messages_as_they_are) {
  EXPECT_FALSE(server.compress("4", std::string(18, 'x')));
  EXPECT_TRUE(server.compress("4", std::string(19, 'x')));
}

TEST_P(message_compressions, refer_to_earlier_messages_if_that_is_agreed) {
  const auto text = varied(1000);
  const auto first = server.compress({}, text);
  const auto second = server.compress({}, text);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(inflated(*first), text);
  EXPECT_EQ(inflated(*second), text);
  if (GetParam()) {
    EXPECT_LT(second->size(), 100U);
  } else {
    EXPECT_EQ(*second, *first);
  }
}

TEST_P(message_compressions, send_what_does_not_get_shorter_only_if_the_window_has_to_follow) {
  std::string noise;
  std::uint32_t seed = 1;
  for (int i = 0; i < 100; ++i) {
    seed = seed * 1664525 + 1013904223;
    noise += static_cast<char>(seed >> 24U);
  }
  EXPECT_EQ(server.compress({}, noise).has_value(), GetParam());
}

TEST_P(message_compressions, share_the_frame_of_a_broadcast) {
  const auto text = varied(1000);
  const auto own = server.compress({}, text);
  ASSERT_TRUE(own);
  EXPECT_EQ(inflated(*own), text);
  const std::string shared(text.rbegin(), text.rend());
  const auto message = engineio::encoded_message::text(shared);
  const auto frame = server.shared_frame(*message).value();
  EXPECT_LT(frame.size(), message->frame().size());
  EXPECT_EQ(server.shared_frame(*message)->data(), frame.data()) << "it is compressed once";
  const auto header = *websocket::read_frame_header(frame);
  EXPECT_TRUE(header.rsv1);
  EXPECT_EQ(inflated(frame.substr(header.size)), "4" + shared);
  // The own compressor does not know the shared message, and must not refer to what is before it.
  const auto after = server.compress({}, text);
  ASSERT_TRUE(after);
  EXPECT_EQ(inflated(*after), text);

  const auto brief = engineio::encoded_message::text("short");
  EXPECT_EQ(server.shared_frame(*brief), std::nullopt);
  const auto plain = engineio::encoded_message::text(shared, false);
  EXPECT_EQ(server.shared_frame(*plain), std::nullopt) << "it may not be compressed";
}

TEST_P(message_compressions, decompress_whole_messages) {
  const auto text = varied(1000);
  for (int i = 0; i < 3; ++i) {
    std::string message;
    EXPECT_EQ(server.decompress(deflated(text), true, no_limit, message), inflate_result::done);
    EXPECT_EQ(message, text);
  }
}

TEST_P(message_compressions, decompress_messages_in_parts) {
  const auto text = varied(1000);
  for (int i = 0; i < 3; ++i) {
    const auto bytes = deflated(text);
    std::string message;
    for (std::size_t at = 0; at < bytes.size(); at += 100) {
      std::string part;
      const bool last = at + 100 >= bytes.size();
      ASSERT_EQ(server.decompress(std::string_view(bytes).substr(at, 100), last, no_limit, part),
                inflate_result::done);
      message += part;
    }
    EXPECT_EQ(message, text);
  }
}

TEST_P(message_compressions, bound_a_message_in_all_its_parts_together) {
  const std::string text(1000, 'x');
  std::string message;
  EXPECT_EQ(server.decompress(deflated(text), true, 1000, message), inflate_result::done);
  const auto noise = varied(1000);
  const auto bytes = deflated(noise);
  std::string first;
  ASSERT_EQ(
      server.decompress(std::string_view(bytes).substr(0, bytes.size() / 2), false, 999, first),
      inflate_result::done);
  EXPECT_LT(first.size(), 999U);
  std::string second;
  EXPECT_EQ(server.decompress(std::string_view(bytes).substr(bytes.size() / 2), true, 999, second),
            inflate_result::too_big);
}

TEST_P(message_compressions, recognise_corrupt_data) {
  std::string message;
  EXPECT_EQ(server.decompress("\xff\xff\xff", true, no_limit, message), inflate_result::corrupt);
}

TEST_P(message_compressions, check_text_across_parts) {
  EXPECT_TRUE(server.is_valid_text("caf\xc3", false));
  EXPECT_TRUE(server.is_valid_text("\xa9", true));
  EXPECT_TRUE(server.is_valid_text("next", true));
  EXPECT_FALSE(server.is_valid_text("caf\xc3", true)) << "it ends within a character";
}

}  // namespace
}  // namespace socketio::detail
