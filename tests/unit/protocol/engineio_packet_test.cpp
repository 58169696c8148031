#include <socketio/protocol/engineio_packet.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
using socketio::engineio::append_binary_packet;
using socketio::engineio::append_packet;
using socketio::engineio::decode_packet;
using socketio::engineio::packet_type;

TEST(DecodeEngineioPacket, KnowsAllTypes) {
  const auto types = {packet_type::open, packet_type::close,   packet_type::ping,
                      packet_type::pong, packet_type::message, packet_type::upgrade,
                      packet_type::noop};
  char character = '0';
  for (const auto type : types) {
    const auto packet = decode_packet(std::string(1, character) + "data");
    ASSERT_TRUE(packet) << character;
    EXPECT_EQ(packet->type, type);
    EXPECT_FALSE(packet->base64);
    ++character;
  }
}

TEST(DecodeEngineioPacket, GivesTheData) {
  EXPECT_EQ(decode_packet("4hello")->data, "hello");
  EXPECT_EQ(decode_packet("4")->data, "");
  EXPECT_EQ(decode_packet("2probe")->data, "probe");
  EXPECT_EQ(decode_packet("4a\0b"sv)->data, "a\0b"sv);
  EXPECT_EQ(decode_packet("44")->data, "4");
  EXPECT_EQ(decode_packet("4\xE2\x82\xAC")->data, "\xE2\x82\xAC");
}

TEST(DecodeEngineioPacket, LooksIntoTheText) {
  const std::string text = "4hello";
  EXPECT_EQ(decode_packet(text)->data.data(), text.data() + 1);
}

TEST(DecodeEngineioPacket, TakesBase64ForABinaryMessage) {
  const auto packet = decode_packet("bAQIDBA==");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, packet_type::message);
  EXPECT_TRUE(packet->base64);
  EXPECT_EQ(packet->data, "AQIDBA==");
  EXPECT_EQ(decode_packet("b")->data, "");
}

TEST(DecodeEngineioPacket, RefusesUnknownTypes) {
  for (const auto text : {""sv, "7"sv, "8a"sv, "9"sv, "a"sv, "B"sv, " 4"sv, "/"sv, "-1"sv, "\0"sv,
                          "\xFF"sv, "\x1e"sv, "abc"sv}) {
    EXPECT_FALSE(decode_packet(text)) << ::testing::PrintToString(text);
  }
}

TEST(AppendEngineioPacket, SeparatesPackets) {
  std::string payload;
  append_packet(payload, packet_type::message, "hello");
  EXPECT_EQ(payload, "4hello");
  append_packet(payload, packet_type::ping, {});
  EXPECT_EQ(payload,
            "4hello\x1e"
            "2");
  append_packet(payload, packet_type::message, "\xE2\x82\xAC");
  EXPECT_EQ(payload,
            "4hello\x1e"
            "2\x1e"
            "4\xE2\x82\xAC");
}

// The sample in the protocol's documentation.
TEST(AppendEngineioPacket, CodesBinaryMessagesInBase64) {
  std::string payload;
  append_packet(payload, packet_type::message, "hello");
  append_packet(payload, packet_type::ping, {});
  append_packet(payload, packet_type::message, "world");
  append_binary_packet(payload, "\x01\x02\x03\x04");
  EXPECT_EQ(payload,
            "4hello\x1e"
            "2\x1e"
            "4world\x1e"
            "bAQIDBA==");
}

TEST(AppendEngineioPacket, WritesAnEmptyBinaryMessage) {
  std::string payload;
  append_binary_packet(payload, {});
  EXPECT_EQ(payload, "b");
  append_binary_packet(payload, "\0"sv);
  EXPECT_EQ(payload,
            "b\x1e"
            "bAA==");
}

}  // namespace
