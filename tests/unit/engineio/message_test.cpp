#include <socketio/engineio/deflate_contexts.hpp>
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
  // The packet type makes the first payload too long for the short header.
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

TEST(EncodedMessage, KeepsLongDataWhole) {
  const std::string text(70'000, 'x');
  EXPECT_EQ(encoded_message::text(text)->data(), text);
  EXPECT_EQ(encoded_message::binary(text)->data(), text);
}

TEST(EncodedMessage, FramesNativeMessages) {
  const auto message = encoded_message::native(socketio::websocket::opcode::text, "hi");
  EXPECT_EQ(message->frame(), "\x81\x02hi"sv);
  EXPECT_EQ(message->payload(), "hi");
  EXPECT_FALSE(message->is_binary());
  EXPECT_EQ(encoded_message::text("hi")->payload(), "4hi");
}

TEST(EncodedMessage, IsCompressedOnce) {
  socketio::engineio::deflate_contexts contexts;
  socketio::websocket::deflate_options wide;
  auto narrow = wide;
  narrow.server_max_window_bits = 9;
  const std::string text(10'000, 'x');
  const auto message = encoded_message::text(text);
  const auto frame = message->compressed_frame(wide, contexts);
  ASSERT_LT(frame.size(), 100U);
  EXPECT_EQ(static_cast<unsigned char>(frame[0]), 0xC1) << "FIN, RSV1, text";
  EXPECT_EQ(message->compressed_frame(wide, contexts).data(), frame.data());
  std::string inflated;
  EXPECT_EQ(contexts.fresh_inflater().decompress(frame.substr(2), true, 20'000, inflated),
            socketio::websocket::inflate_result::done);
  EXPECT_EQ(inflated, "4" + text);

  EXPECT_TRUE(message->compressed_frame(narrow, contexts).empty())
      << "a smaller window cannot decompress it";
  const auto other = encoded_message::text(text);
  EXPECT_FALSE(other->compressed_frame(narrow, contexts).empty());
  EXPECT_EQ(other->compressed_frame(wide, contexts), other->compressed_frame(narrow, contexts));
}

TEST(EncodedMessage, StaysUncompressedIfCompressionMakesItLonger) {
  socketio::engineio::deflate_contexts contexts;
  const auto message = encoded_message::binary("\x01\x02\x03");
  EXPECT_EQ(message->compressed_frame({}, contexts), message->frame());
}

}  // namespace
