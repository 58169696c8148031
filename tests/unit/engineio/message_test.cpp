#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/message.hpp>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

TEST(EncodedMessage, SharesManyBytes) {
  const socketio::shared_bytes bytes(std::string(70'000, 'x'));
  const auto message = encoded_message::binary(bytes);
  EXPECT_EQ(message->frame(), "\x82\x7F\0\0\0\0\0\x01\x11\x70"sv);
  EXPECT_EQ(message->shared().data(), bytes.data());
  EXPECT_EQ(message->data().size(), 70'000U);
  EXPECT_EQ(message->payload().data(), message->data().data());
  EXPECT_TRUE(message->is_binary());
  socketio::engineio::deflate_contexts contexts;
  const auto frame = message->compressed_frame({}, contexts);
  ASSERT_TRUE(frame);
  std::string inflated;
  EXPECT_EQ(contexts.fresh_inflater().decompress(frame->substr(2), true, 80'000, inflated),
            socketio::websocket::inflate_result::done);
  EXPECT_EQ(inflated, bytes.characters());

  const socketio::shared_bytes few(std::string("few"));
  EXPECT_EQ(encoded_message::binary(few)->frame(),
            "\x82\x03"
            "few"sv);
  EXPECT_TRUE(encoded_message::binary(few)->shared().empty());
}

TEST(EncodedMessage, IsCompressedOnce) {
  socketio::engineio::deflate_contexts contexts;
  const socketio::websocket::deflate_options wide;
  const std::string text(10'000, 'x');
  const auto message = encoded_message::text(text);
  const auto frame = message->compressed_frame(wide, contexts).value();
  ASSERT_LT(frame.size(), 100U);
  EXPECT_EQ(static_cast<unsigned char>(frame[0]), 0xC1) << "FIN, RSV1, text";
  EXPECT_EQ(message->compressed_frame(wide, contexts)->data(), frame.data());
  std::string inflated;
  EXPECT_EQ(contexts.fresh_inflater().decompress(frame.substr(2), true, 20'000, inflated),
            socketio::websocket::inflate_result::done);
  EXPECT_EQ(inflated, "4" + text);
}

// Frames that lie at the same place come of one compression.
TEST(EncodedMessage, IsCompressedOnceForEachSetOfOptions) {
  constexpr std::size_t shards = 4;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i);
  const auto message = encoded_message::text(text);
  std::vector<socketio::websocket::deflate_options> sets(9);
  for (unsigned i = 0; i < 7; ++i) sets[i].server_max_window_bits = 9 + i;
  sets[7].memory_level = 1;
  sets[8].compression_level = 1;

  std::array<std::vector<std::string_view>, shards> frames;
  {
    std::vector<std::jthread> threads;
    for (auto& own : frames) {
      threads.emplace_back([&message, &sets, &own] {
        socketio::engineio::deflate_contexts contexts;
        for (int clients = 0; clients < 3; ++clients) {
          for (const auto& set : sets)
            own.push_back(message->compressed_frame(set, contexts).value());
        }
      });
    }
  }
  std::set<const char*> places;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    places.insert(frames[0][i].data());
    for (const auto& own : frames) {
      for (auto at = i; at < own.size(); at += sets.size()) {
        EXPECT_EQ(own[at].data(), frames[0][i].data()) << "set " << i;
      }
    }
    // The receiver's window is no larger than what has been agreed on.
    socketio::websocket::inflater receiver(sets[i].server_max_window_bits);
    std::string inflated;
    const auto frame = frames[0][i];
    ASSERT_GT(frame.size(), 4U);
    const std::size_t header_size = static_cast<unsigned char>(frame[1]) == 127 ? 10 : 4;
    EXPECT_EQ(receiver.decompress(frame.substr(header_size), true, 2 * text.size(), inflated),
              socketio::websocket::inflate_result::done);
    EXPECT_TRUE(inflated == "4" + text);
  }
  EXPECT_EQ(places.size(), sets.size());
}

TEST(EncodedMessage, OwnsNothingForOtherFramesUntilSomebodyNeedsThem) {
  // Strings, offsets and the opcode, and a pointer each for compressed and for other frames.
  EXPECT_LE(sizeof(encoded_message), sizeof(std::string) + sizeof(socketio::shared_bytes) +
                                         2 * sizeof(std::size_t) + 3 * sizeof(void*));
}

// --- Other frames

TEST(EncodedMessage, IsFramedAgainOnceForEachKindOfReceiver) {
  const auto message = encoded_message::binary("\x01\x02\x03", false);
  const auto typed = message->reframed("\x04", false);
  EXPECT_EQ(typed->frame(), "\x82\x04\x04\x01\x02\x03"sv);
  EXPECT_EQ(typed->payload(), "\x04\x01\x02\x03"sv);
  EXPECT_EQ(typed->data(), message->data());
  EXPECT_TRUE(typed->is_binary());
  EXPECT_FALSE(typed->compress());
  const auto base64 = message->reframed("b4", true);
  EXPECT_EQ(base64->frame(),
            "\x81\x06"
            "b4AQID"sv);
  EXPECT_FALSE(base64->is_binary());
  EXPECT_EQ(message->reframed("b", true)->payload(), "bAQID");
  EXPECT_EQ(encoded_message::text("hi")->reframed("m", false)->frame(), "\x81\x03mhi"sv);
  // The same again.
  EXPECT_EQ(message->reframed("\x04", false), typed);
  EXPECT_EQ(message->reframed("b4", true), base64);
  EXPECT_EQ(message->frame(), "\x82\x03\x01\x02\x03"sv) << "and its own frame stays";
}

TEST(EncodedMessage, IsFramedAgainWithSharedBytes) {
  const auto message = encoded_message::binary(socketio::shared_bytes(std::string(70'000, 'x')))
                           ->reframed("\x04", false);
  EXPECT_EQ(message->frame().substr(0, 12), "\x82\x7F\0\0\0\0\0\x01\x11\x71\x04x"sv);
  EXPECT_EQ(message->data().size(), 70'000U);
  EXPECT_TRUE(message->shared().empty());
}

TEST(EncodedMessage, IsCompressedInItsOtherFrame) {
  socketio::engineio::deflate_contexts contexts;
  const auto message = encoded_message::binary(std::string(10'000, 'x'))->reframed("\x04", false);
  const auto frame = message->compressed_frame({}, contexts).value();
  std::string inflated;
  EXPECT_EQ(contexts.fresh_inflater().decompress(frame.substr(2), true, 20'000, inflated),
            socketio::websocket::inflate_result::done);
  EXPECT_EQ(inflated, "\x04" + std::string(10'000, 'x'));
}

TEST(EncodedMessage, IsFramedAgainOnceByAllShards) {
  const auto message = encoded_message::binary(std::string(100'000, 'x'));
  std::array<socketio::engineio::shared_message, 8> made;
  {
    std::vector<std::jthread> threads;
    for (auto& own : made) {
      threads.emplace_back([&message, &own] { own = message->reframed("\x04", false); });
    }
  }
  for (const auto& own : made) EXPECT_EQ(own, made[0]);
}

TEST(EncodedMessage, StaysUncompressedIfCompressionMakesItLonger) {
  socketio::engineio::deflate_contexts contexts;
  const auto message = encoded_message::binary("\x01\x02\x03");
  EXPECT_EQ(message->compressed_frame({}, contexts), std::nullopt);
}

}  // namespace
