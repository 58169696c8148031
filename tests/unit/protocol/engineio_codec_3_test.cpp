// Revision 3 of Engine.IO, byte by byte. The payloads are those of the reference.
#include <socketio/protocol/engineio_codec.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::engineio::codec_3;
using socketio::engineio::packet;
using socketio::engineio::packet_type;
using socketio::engineio::payload_view;

constexpr bool text = false;
constexpr bool binary = true;

// A packet in one line: its type, `bytes` or `base64` of a binary one, and its data.
std::string describe(const packet& found) {
  std::string line(1, static_cast<char>(found.type));
  if (found.binary) line += found.base64 ? " base64 " : " bytes ";
  return line.append(found.data);
}

// The packets of a payload, until one is invalid.
std::vector<std::string> read(std::string_view payload, bool is_binary) {
  std::vector<std::string> packets;
  payload_view left{payload, is_binary};
  while (left.more) {
    const auto taken = codec_3().take_packet(left);
    if (!taken) {
      packets.emplace_back("invalid");
      break;
    }
    packets.push_back(describe(*taken));
  }
  return packets;
}

std::string write(const std::vector<packet>& packets, bool is_binary) {
  std::string payload;
  for (const auto& each : packets) codec_3().append(payload, each, is_binary);
  return payload;
}

packet message(std::string_view data) {
  return {packet_type::message, data};
}

packet bytes(std::string_view data) {
  return {packet_type::message, data, true};
}

packet control(packet_type type) {
  return {type, {}};
}

using lines = std::vector<std::string>;

// --- What sessions ask

TEST(EngineioCodec3, LetsTheClientPing) {
  EXPECT_EQ(codec_3().revision(), "3");
  EXPECT_FALSE(codec_3().server_pings());
}

TEST(EngineioCodec3, SharesFramesOfTextWithRevision4) {
  EXPECT_TRUE(codec_3().shares_frames(text));
  EXPECT_FALSE(codec_3().shares_frames(binary));
  EXPECT_TRUE(codec_3().has_binary_payloads());
}

// --- Frames

TEST(EngineioCodec3, BeginsFramesWithTheType) {
  EXPECT_EQ(codec_3().text_head(packet_type::open), "0");
  EXPECT_EQ(codec_3().text_head(packet_type::pong), "3");
  EXPECT_EQ(codec_3().text_head(packet_type::message), "4");
  EXPECT_EQ(codec_3().text_head(packet_type::noop), "6");
  EXPECT_EQ(codec_3().binary_head(), "\x04"sv);
  EXPECT_EQ(codec_3().base64_head(), "b4");
  EXPECT_EQ(socketio::engineio::codec_4().base64_head(), "b");
}

TEST(EngineioCodec3, ReadsFrames) {
  const auto read_frame = [](std::string_view frame, bool is_binary) {
    const auto found = codec_3().decode_frame(frame, is_binary);
    return found ? describe(*found) : "invalid"s;
  };
  EXPECT_EQ(read_frame("4hello", text), "4hello");
  EXPECT_EQ(read_frame("2", text), "2");
  EXPECT_EQ(read_frame("2probe", text), "2probe");
  EXPECT_EQ(read_frame("b4AQID", text), "4 base64 AQID");
  EXPECT_EQ(read_frame("b4", text), "4 base64 ");
  EXPECT_EQ(read_frame("\x04\x01\x02"sv, binary), "4 bytes \x01\x02"s);
  EXPECT_EQ(read_frame("\x04"sv, binary), "4 bytes ");
  for (const auto frame : {""sv, "7"sv, "x"sv, "b"sv, "b2"sv, "bAQID"sv, "\x04"sv}) {
    EXPECT_EQ(read_frame(frame, text), "invalid") << frame;
  }
  for (const auto frame : {""sv, "4"sv, "4hello"sv, "\0"sv, "\x02"sv, "\x05"sv, "\xFF"sv}) {
    EXPECT_EQ(read_frame(frame, binary), "invalid") << frame;
  }
}

// --- Payloads of text

TEST(EngineioCodec3, WritesPayloadsOfText) {
  EXPECT_EQ(write({message("hello")}, text), "6:4hello");
  EXPECT_EQ(write({message("test1"), control(packet_type::ping), message("test3")}, text),
            "6:4test11:26:4test3");
  EXPECT_EQ(write({message("")}, text), "1:4");
  EXPECT_EQ(write({message(std::string(99, 'x'))}, text).substr(0, 5), "100:4");
}

TEST(EngineioCodec3, CountsCodeUnitsOfUtf16) {
  EXPECT_EQ(write({message("h\xC3\xA9")}, text), "3:4h\xC3\xA9");
  EXPECT_EQ(write({message("\xE2\x82\xAC")}, text), "2:4\xE2\x82\xAC");
  EXPECT_EQ(write({message("\xF0\x9F\x98\x80")}, text), "3:4\xF0\x9F\x98\x80") << "a pair";
  EXPECT_EQ(read("3:4h\xC3\xA9"
                 "2:4\xE2\x82\xAC"
                 "3:4\xF0\x9F\x98\x80"
                 "1:2",
                 text),
            (lines{"4h\xC3\xA9", "4\xE2\x82\xAC", "4\xF0\x9F\x98\x80", "2"}));
}

TEST(EngineioCodec3, RefusesALengthThatEndsWithinACharacter) {
  EXPECT_EQ(read("2:4\xF0\x9F\x98\x80", text), lines{"invalid"});
  EXPECT_EQ(read("5:4\xF0\x9F\x98\x80", text), lines{"invalid"}) << "which counts its bytes";
  EXPECT_EQ(read("4:4\xF0\x9F\x98\x80", text), lines{"invalid"});
}

TEST(EngineioCodec3, WritesBytesIntoTextAsBase64) {
  EXPECT_EQ(write({message("hello"), bytes("\x01\x02\x03\x04")}, text), "6:4hello10:b4AQIDBA==");
  EXPECT_EQ(write({bytes("")}, text), "2:b4");
  EXPECT_EQ(write({bytes("\0"sv)}, text), "6:b4AA==");
  EXPECT_EQ(write({bytes("\xFF\xFF\xFF")}, text), "6:b4////");
  EXPECT_EQ(write({bytes(std::string(73, '\0'))}, text).substr(0, 6), "102:b4");
}

TEST(EngineioCodec3, ReadsPayloadsOfText) {
  EXPECT_EQ(read("6:4hello", text), lines{"4hello"});
  EXPECT_EQ(read("6:4test11:26:4test3", text), (lines{"4test1", "2", "4test3"}));
  EXPECT_EQ(read("6:4hello10:b4AQIDBA==", text), (lines{"4hello", "4 base64 AQIDBA=="}));
  EXPECT_EQ(read("5:41:2x1:3", text), (lines{"41:2x", "3"})) << "a message like a payload";
  EXPECT_EQ(read("006:4hello", text), lines{"4hello"});
  EXPECT_EQ(read("3:4a\0"sv, text), lines{"4a\0"s});
}

// The reference server skips them.
TEST(EngineioCodec3, TakesPacketsWithoutATypeForNothing) {
  EXPECT_EQ(read("0:", text), lines{"6"});
  EXPECT_EQ(read("0:1:20:", text), (lines{"6", "2", "6"}));
}

TEST(EngineioCodec3, RefusesInvalidPayloadsOfText) {
  for (const auto payload : {
           "",        // nothing
           "abc",     // no length
           "6",       // no end of the length
           ":4",      // no digits
           "x:4",     // not a digit
           "1.0:2",   // JavaScript takes these for 1
           "1e0:2",   //
           "0x1:2",   //
           " 1:2",    //
           "+1:2",    //
           "-1:2",    //
           "1:",      // no packet
           "2:4",     // less than announced
           "1:7",     // an unknown type
           "1:b",     // bytes without a type
           "2:b2",    // bytes that are no message
           "5:bAQID"  // as in revision 4
       }) {
    EXPECT_EQ(read(payload, text), lines{"invalid"}) << payload;
  }
  EXPECT_EQ(read("1:2garbage", text), (lines{"2", "invalid"}));
  EXPECT_EQ(read("1:41:2:3", text), (lines{"4", "2", "invalid"}));
}

TEST(EngineioCodec3, LimitsTheDigitsOfALength) {
  EXPECT_EQ(read("0000000000000001:2", text), lines{"2"});
  EXPECT_EQ(read("00000000000000001:2", text), lines{"invalid"});
  EXPECT_EQ(read("9999999999999999:2", text), lines{"invalid"});
  EXPECT_EQ(read(std::string(100'000, '9'), text), lines{"invalid"});
  EXPECT_EQ(read("18446744073709551617:2", text), lines{"invalid"}) << "1 beyond 64 bits";
  EXPECT_EQ(read("\x01"s + std::string(16, '\x09') + "\xFF\x04", binary), lines{"invalid"});
  EXPECT_EQ(read("\x01"s + std::string(15, '\0') + "\x01\xFF\x04", binary), lines{"4 bytes "});
  EXPECT_EQ(read("\x01"s + std::string(16, '\0') + "\x01\xFF\x04", binary), lines{"invalid"});
}

// --- Binary payloads

TEST(EngineioCodec3, WritesBinaryPayloads) {
  EXPECT_EQ(write({message("a"), bytes("\x01\x02\x03")}, binary),
            "\x00\x02\xFF"
            "4a\x01\x04\xFF\x04\x01\x02\x03"sv);
  EXPECT_EQ(write({message("hello"), bytes("\x01\x02\x03\x04")}, binary),
            "\x00\x06\xFF"
            "4hello\x01\x05\xFF\x04\x01\x02\x03\x04"sv);
  EXPECT_EQ(write({control(packet_type::noop)}, binary), "\x00\x01\xFF\x36"sv);
  EXPECT_EQ(write({bytes("")}, binary), "\x01\x01\xFF\x04"sv);
  EXPECT_EQ(write({bytes(std::string(119, 'x'))}, binary).substr(0, 7),
            "\x01\x01\x02\x00\xFF\x04x"sv);
  EXPECT_EQ(write({message("\xF0\x9F\x98\x80")}, binary),
            "\x00\x05\xFF"
            "4\xF0\x9F\x98\x80"sv)
      << "counts bytes";
}

TEST(EngineioCodec3, ReadsBinaryPayloads) {
  EXPECT_EQ(read("\x00\x02\xFF"
                 "4a\x01\x04\xFF\x04\x01\x02\x03"sv,
                 binary),
            (lines{"4a", "4 bytes \x01\x02\x03"}));
  EXPECT_EQ(read("\x00\x05\xFF"
                 "4\xF0\x9F\x98\x80\x00\x01\xFF\x32"sv,
                 binary),
            (lines{"4\xF0\x9F\x98\x80", "2"}));
  EXPECT_EQ(read("\x01\x01\x00\xFF\x04\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv, binary),
            lines{"4 bytes " + std::string(9, '\xFF')});
  EXPECT_EQ(read("\x00\x06\xFF"
                 "b4AQID"sv,
                 binary),
            lines{"4 base64 AQID"});
}

TEST(EngineioCodec3, RefusesInvalidBinaryPayloads) {
  for (const auto payload : {
           ""sv,                      // nothing
           "\x00"sv,                  // no length
           "\x00\x01"sv,              // no end of the length
           "\x00\xFF\x32"sv,          // no digits
           "\x00\x0A\xFF\x32"sv,      // not a digit
           "\x00\x31\xFF\x32"sv,      // a digit of text
           "\x00\x01\xFF"sv,          // no packet
           "\x00\x02\xFF\x32"sv,      // less than announced
           "\x00\x00\xFF"sv,          // a packet without a type
           "\x01\x00\xFF"sv,          //
           "\x02\x01\xFF\x04"sv,      // neither text nor bytes
           "\x34\x01\xFF\x04"sv,      //
           "\x00\x01\xFF\x39"sv,      // an unknown type
           "\x00\x02\xFF\x34\xFF"sv,  // text that is not UTF-8
           "\x01\x01\xFF\x02"sv,      // bytes that are no message
           "\x01\x01\xFF\x34"sv       // the type as text
       }) {
    EXPECT_EQ(read(payload, binary), lines{"invalid"}) << ::testing::PrintToString(payload);
  }
  EXPECT_EQ(read("\x00\x01\xFF\x32\x00"sv, binary), (lines{"2", "invalid"}));
}

// --- Back and forth

TEST(EngineioCodec3, ReadsWhatItWrites) {
  const auto all = "a\0\x1e:;\xC3\xA9\xF0\x9F\x98\x80"s;
  const std::string many(1'000, '\xFF');
  const std::vector<packet> texts = {message(all), control(packet_type::close), message("")};
  EXPECT_EQ(read(write(texts, text), text), (lines{"4" + all, "1", "4"}));
  EXPECT_EQ(read(write(texts, binary), binary), (lines{"4" + all, "1", "4"}));
  EXPECT_EQ(read(write({bytes(many), message("x"), bytes("")}, binary), binary),
            (lines{"4 bytes " + many, "4x", "4 bytes "}));
}

}  // namespace
