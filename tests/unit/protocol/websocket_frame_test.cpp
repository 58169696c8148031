#include <socketio/protocol/websocket_frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace socketio::websocket;

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result.push_back(static_cast<char>(value));
  return result;
}

std::string header_of(opcode code, std::uint64_t size, bool fin = true, bool compressed = false) {
  std::array<char, max_header_size> header{};
  return {header.data(), write_frame_header(header, code, size, fin, compressed)};
}

constexpr std::array<std::uint8_t, 4> key{0x37, 0xFA, 0x21, 0x3D};

TEST(WebsocketFrame, WritesLengthsInTheirShortestForm) {
  EXPECT_EQ(header_of(opcode::text, 0), bytes({0x81, 0}));
  EXPECT_EQ(header_of(opcode::text, 125), bytes({0x81, 125}));
  EXPECT_EQ(header_of(opcode::text, 126), bytes({0x81, 126, 0, 126}));
  EXPECT_EQ(header_of(opcode::binary, 256), bytes({0x82, 126, 1, 0}));
  EXPECT_EQ(header_of(opcode::binary, 65535), bytes({0x82, 126, 0xFF, 0xFF}));
  EXPECT_EQ(header_of(opcode::binary, 65536), bytes({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(header_of(opcode::binary, 0x0123456789ABCDEF),
            bytes({0x82, 127, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF}));
}

TEST(WebsocketFrame, WritesOpcodesAndFlags) {
  EXPECT_EQ(header_of(opcode::text, 3, false), bytes({0x01, 3}));
  EXPECT_EQ(header_of(opcode::continuation, 2, false), bytes({0x00, 2}));
  EXPECT_EQ(header_of(opcode::continuation, 2), bytes({0x80, 2}));
  EXPECT_EQ(header_of(opcode::text, 7, true, true), bytes({0xC1, 7}));
  EXPECT_EQ(header_of(opcode::binary, 7, false, true), bytes({0x42, 7}));
  EXPECT_EQ(header_of(opcode::close, 2), bytes({0x88, 2}));
  EXPECT_EQ(header_of(opcode::ping, 0), bytes({0x89, 0}));
  EXPECT_EQ(header_of(opcode::pong, 0), bytes({0x8A, 0}));
}

TEST(WebsocketFrame, AppendsTheExamplesOfTheRfc) {
  std::string output = "before";
  append_frame(output, opcode::text, "Hello");
  EXPECT_EQ(output, "before" + bytes({0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F}));

  output.clear();
  append_masked_frame(output, opcode::text, "Hello", key);
  EXPECT_EQ(output, bytes({0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58}));

  output.clear();
  append_frame(output, opcode::text, "Hel", false);
  append_frame(output, opcode::continuation, "lo");
  EXPECT_EQ(output, bytes({0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F}));

  output.clear();
  append_masked_frame(output, opcode::pong, "Hello", key);
  EXPECT_EQ(output, bytes({0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58}));

  output.clear();
  append_frame(output, opcode::binary, std::string(256, 'x'));
  EXPECT_EQ(output, bytes({0x82, 0x7E, 0x01, 0x00}) + std::string(256, 'x'));

  output.clear();
  append_frame(output, opcode::binary, std::string(65536, 'x'));
  EXPECT_EQ(output, bytes({0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}) + std::string(65536, 'x'));
}

TEST(WebsocketFrame, MasksLongFramesAndFlags) {
  std::string output;
  append_masked_frame(output, opcode::binary, std::string(126, '\0'), key, false, true);
  const auto header = bytes({0x42, 0xFE, 0, 126, 0x37, 0xFA, 0x21, 0x3D});
  ASSERT_EQ(output.size(), header.size() + 126);
  EXPECT_EQ(output.substr(0, header.size()), header);
  for (std::size_t i = 0; i < 126; ++i) {
    EXPECT_EQ(static_cast<std::uint8_t>(output[header.size() + i]), key[i % 4]);
  }
}

TEST(WebsocketFrame, MasksAtAnyOffsetLengthAndAlignment) {
  std::string plain;
  for (int i = 0; i < 64; ++i) plain.push_back(static_cast<char>(i * 37));
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t start = 0; start < 9; ++start) {
      for (std::size_t size = 0; size <= 40; ++size) {
        auto masked = plain;
        apply_mask(std::span(masked).subspan(start, size), key, offset);
        for (std::size_t i = 0; i < plain.size(); ++i) {
          const bool within = i >= start && i < start + size;
          const auto mask = within ? key[(offset + i - start) % 4] : std::uint8_t{0};
          ASSERT_EQ(masked[i], static_cast<char>(plain[i] ^ mask));
        }
        apply_mask(std::span(masked).subspan(start, size), key, offset);
        ASSERT_EQ(masked, plain);
      }
    }
  }
}

TEST(WebsocketFrame, AppendsCloseFrames) {
  std::string output;
  append_close_frame(output, close_code::normal);
  EXPECT_EQ(output, bytes({0x88, 0x02, 0x03, 0xE8}));

  output.clear();
  append_close_frame(output, close_code::message_too_big, "too big");
  EXPECT_EQ(output, bytes({0x88, 0x09, 0x03, 0xF1}) + "too big");

  output.clear();
  append_close_frame(output, close_code::no_status, "not sent");
  EXPECT_EQ(output, bytes({0x88, 0x00}));
}

TEST(WebsocketFrame, CutsTheReasonBetweenCodePoints) {
  const auto reason_sent = [](std::string_view reason) {
    std::string output;
    append_close_frame(output, close_code::normal, reason);
    EXPECT_LE(output.size(), 2U + 125U);
    EXPECT_EQ(static_cast<std::size_t>(output[1]), output.size() - 2);
    return output.substr(4);
  };
  EXPECT_EQ(reason_sent(std::string(123, 'a')), std::string(123, 'a'));
  EXPECT_EQ(reason_sent(std::string(124, 'a')), std::string(123, 'a'));
  const std::string face = "\xF0\x9F\x98\x80";
  EXPECT_EQ(reason_sent(std::string(119, 'a') + face), std::string(119, 'a') + face);
  EXPECT_EQ(reason_sent(std::string(119, 'a') + face + "b"), std::string(119, 'a') + face);
  for (std::size_t before = 120; before <= 123; ++before) {
    EXPECT_EQ(reason_sent(std::string(before, 'a') + face), std::string(before, 'a'));
  }
}

TEST(WebsocketFrame, KnowsTheValidCloseCodes) {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const bool valid =
        (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
        (code >= 3000 && code < 5000);
    ASSERT_EQ(is_valid_close_code(static_cast<std::uint16_t>(code)), valid) << code;
  }
}

TEST(WebsocketFrame, ReadsHeadersOfEachLength) {
  for (const auto size :
       std::initializer_list<std::uint64_t>{0, 125, 126, 65535, 65536, 1U << 31}) {
    const auto written = header_of(opcode::binary, size);
    const auto header = read_frame_header(written + "payload");
    ASSERT_TRUE(header) << size;
    EXPECT_EQ(header->payload_size, size);
    EXPECT_EQ(header->size, written.size());
    EXPECT_EQ(header->code, opcode::binary);
    EXPECT_FALSE(header->masked);
    EXPECT_EQ(header->key, (std::array<std::uint8_t, 4>{}));
  }
}

TEST(WebsocketFrame, ReadsTheKey) {
  std::string frame;
  append_masked_frame(frame, opcode::text, std::string(300, 'x'), key);
  const auto header = read_frame_header(frame);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->masked);
  EXPECT_EQ(header->key, key);
  EXPECT_EQ(header->payload_size, 300U);
  EXPECT_EQ(header->size, 2U + 2U + 4U);
}

TEST(WebsocketFrame, ReadsEachBitOfAHeader) {
  for (int first = 0; first <= 0xFF; ++first) {
    const auto header = read_frame_header(bytes({first, 5}));
    ASSERT_TRUE(header) << first;
    EXPECT_EQ(header->fin, (first & 0x80) != 0) << first;
    EXPECT_EQ(header->rsv1, (first & 0x40) != 0) << first;
    EXPECT_EQ(header->rsv2, (first & 0x20) != 0) << first;
    EXPECT_EQ(header->rsv3, (first & 0x10) != 0) << first;
    EXPECT_EQ(static_cast<int>(header->code), first & 0x0F) << first;
  }
}

TEST(WebsocketFrame, ReadsNothingFromAnIncompleteHeader) {
  for (const auto& whole :
       {bytes({0x81, 5}), bytes({0x81, 126, 1, 2}), bytes({0x81, 127, 1, 2, 3, 4, 5, 6, 7, 8}),
        bytes({0x81, 0x80 | 5, 1, 2, 3, 4}), bytes({0x81, 0xFE, 1, 2, 1, 2, 3, 4}),
        bytes({0x81, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4})}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(read_frame_header(std::string_view(whole).substr(0, size))) << size;
    }
    const auto header = read_frame_header(whole);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->size, whole.size());
  }
}

TEST(WebsocketFrame, DoesNotValidateTheLengthOfAHeader) {
  const auto longer = read_frame_header(bytes({0x82, 127, 0, 0, 0, 0, 0, 0, 0, 5}));
  ASSERT_TRUE(longer);
  EXPECT_EQ(longer->payload_size, 5U);
  EXPECT_EQ(longer->size, 10U);
  const auto longest =
      read_frame_header(bytes({0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255}));
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->payload_size, 0xFFFFFFFFFFFFFFFF);
}

}  // namespace
