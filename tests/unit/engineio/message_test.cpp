#include <socketio/engineio/message.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::engineio::encoded_message;

TEST(EncodedMessage, FramesText) {
  const auto message = encoded_message::text("hello");
  EXPECT_EQ(message->frame(),
            "\x81\x06"
            "4hello");
  EXPECT_EQ(message->data(), "hello");
  EXPECT_FALSE(message->is_binary());
}

TEST(EncodedMessage, FramesBinary) {
  const auto message = encoded_message::binary("\x00\xFF"sv);
  EXPECT_EQ(message->frame(), "\x82\x02\x00\xFF"sv);
  EXPECT_EQ(message->data(), "\x00\xFF"sv);
  EXPECT_TRUE(message->is_binary());
}

TEST(EncodedMessage, FramesNothing) {
  EXPECT_EQ(encoded_message::text("")->frame(),
            "\x81\x01"
            "4");
  EXPECT_EQ(encoded_message::text("")->data(), "");
  EXPECT_EQ(encoded_message::binary("")->frame(), "\x82\x00"sv);
  EXPECT_EQ(encoded_message::binary("")->data(), "");
}

TEST(EncodedMessage, CountsThePacketTypeInTheLength) {
  // With the type the first needs a longer header.
  EXPECT_EQ(encoded_message::text(std::string(125, 'x'))->frame().substr(0, 5),
            "\x81\x7E\x00\x7E"
            "4"sv);
  EXPECT_EQ(encoded_message::text(std::string(124, 'x'))->frame().substr(0, 3),
            "\x81\x7D"
            "4"sv);
  EXPECT_EQ(encoded_message::binary(std::string(125, 'x'))->frame().substr(0, 3),
            "\x82\x7D"
            "x"sv);
  EXPECT_EQ(encoded_message::text(std::string(65'535, 'x'))->frame().substr(0, 11),
            "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"
            "4"sv);
}

TEST(EncodedMessage, GivesLongDataWhole) {
  const std::string text(70'000, 'x');
  EXPECT_EQ(encoded_message::text(text)->data(), text);
  EXPECT_EQ(encoded_message::binary(text)->data(), text);
}

}  // namespace
