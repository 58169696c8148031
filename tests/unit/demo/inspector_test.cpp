#include "inspector.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <socketio/protocol/utf8.hpp>
#include <socketio/protocol/websocket_deflate.hpp>
#include <socketio/protocol/websocket_frame.hpp>

namespace {

using namespace socketio::websocket;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::array<std::uint8_t, 4> key{0x11, 0x2D, 0xF8, 0xBD};

constexpr std::string_view request =
    "GET /socket.io/?EIO=4&transport=websocket&t=x1 HTTP/1.1\r\n"
    "Host: localhost:3000\r\n"
    "Upgrade: websocket\r\n"
    "Connection: keep-alive, Upgrade\r\n"
    "Origin: http://localhost:3000\r\n"
    "Sec-WebSocket-Key: +0jgXtYyVeG28Gn1CLUKIg==\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: chat, superchat\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "\r\n";

constexpr std::string_view response =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: J8qoXqbZoL7keWiAo6FOA9JV+mY=\r\n"
    "Sec-WebSocket-Protocol: chat\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12\r\n"
    "\r\n";

std::string hex(std::string_view bytes, std::string_view separator = " ") {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string output;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    output += {digits[byte >> 4U], digits[byte & 0xFU]};
    output += separator;
  }
  return output;
}

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result.push_back(static_cast<char>(value));
  return result;
}

std::string masked(opcode code, std::string_view payload, bool fin = true,
                   bool compressed = false) {
  std::string frame;
  append_masked_frame(frame, code, payload, key, fin, compressed);
  return frame;
}

std::string unmasked(opcode code, std::string_view payload, bool fin = true,
                     bool compressed = false) {
  std::string frame;
  append_frame(frame, code, payload, fin, compressed);
  return frame;
}

inspection inspect_bytes(std::string_view frames) {
  return inspect(hex(frames));
}

std::vector<std::string> titles(const inspection& found) {
  std::vector<std::string> all;
  for (const auto& part : found.parts) all.push_back(part.title);
  return all;
}

// The first field of that name in the parts of that title.
inspected_field field(const inspection& found, std::string_view title, std::string_view name) {
  for (const auto& part : found.parts) {
    if (part.title != title) continue;
    for (const auto& field : part.fields) {
      if (field.name == name) return field;
    }
  }
  return {"", "no such field", "no such field"};
}

std::string value(const inspection& found, std::string_view title, std::string_view name) {
  return field(found, title, name).value;
}

std::string meaning(const inspection& found, std::string_view title, std::string_view name) {
  return field(found, title, name).meaning;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  const auto position = result.find(from);
  EXPECT_NE(position, std::string::npos) << from;
  return result.replace(position, from.size(), to);
}

using strings = std::vector<std::string>;

TEST(Inspector, ExplainsAMaskedTextFrame) {
  const auto found = inspect(
      "81 9c 11 2d f8 bd 6a 0f 96 dc 7c 48 da 87 33 40 8b da 33 01 da d9 70 59 99 9f 2b 76 c9 8f "
      "3d 18 a5 c0");
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(titles(found), (strings{"Frame 1, client to server", "JSON"}));
  const auto frame = found.parts.at(0).title;
  EXPECT_EQ(value(found, frame, "Offset"), "0");
  EXPECT_EQ(value(found, frame, "FIN"), "1");
  EXPECT_EQ(value(found, frame, "RSV1"), "0");
  EXPECT_EQ(value(found, frame, "RSV2"), "0");
  EXPECT_EQ(value(found, frame, "RSV3"), "0");
  EXPECT_EQ(value(found, frame, "Opcode"), "0x1");
  EXPECT_EQ(meaning(found, frame, "Opcode"), "text");
  EXPECT_EQ(value(found, frame, "MASK"), "1");
  EXPECT_EQ(value(found, frame, "Payload length"), "28");
  EXPECT_EQ(value(found, frame, "Masking-key"), "11 2d f8 bd");
  EXPECT_EQ(meaning(found, frame, "Masking-key"), "XORed over the payload, repeating");
  EXPECT_EQ(value(found, frame, "Payload as sent"),
            "6a 0f 96 dc 7c 48 da 87 33 40 8b da 33 01 da d9 70 59 99 9f 2b 76 c9 8f 3d 18 a5 c0");
  EXPECT_THAT(value(found, frame, "Payload unmasked"), StartsWith("7b 22 6e 61 6d 65"));
  EXPECT_EQ(value(found, frame, "Text"), R"({"name":"msg","data":[12,5]})");
  EXPECT_EQ(value(found, "JSON", "Value"),
            "{\n  \"name\": \"msg\",\n  \"data\": [\n    12,\n    5\n  ]\n}");
}

TEST(Inspector, ExplainsARequest) {
  const auto found = inspect(request);
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(titles(found), (strings{"Request", "Engine.IO query", "Response to give"}));
  EXPECT_EQ(value(found, "Request", "Method"), "GET");
  EXPECT_EQ(value(found, "Request", "Target"), "/socket.io/?EIO=4&transport=websocket&t=x1");
  EXPECT_EQ(value(found, "Request", "Version"), "HTTP/1.1");
  EXPECT_EQ(value(found, "Request", "Host"), "localhost:3000");
  EXPECT_EQ(value(found, "Request", "Origin"), "http://localhost:3000");
  EXPECT_EQ(meaning(found, "Request", "Sec-WebSocket-Key"),
            "16 random bytes in base64: fb 48 e0 5e d6 32 55 e1 b6 f0 69 f5 08 b5 0a 22");
  EXPECT_EQ(meaning(found, "Request", "Sec-WebSocket-Version"), "the version of RFC 6455");
  EXPECT_EQ(value(found, "Request", "- extension"), "permessage-deflate");
  EXPECT_EQ(value(found, "Request", "- parameter"), "client_max_window_bits");
  EXPECT_EQ(value(found, "Request", "Verdict"), "valid");
  EXPECT_EQ(value(found, "Engine.IO query", "EIO"), "4");
  EXPECT_EQ(value(found, "Engine.IO query", "transport"), "websocket");
  EXPECT_EQ(value(found, "Engine.IO query", "t"), "x1");
  EXPECT_EQ(value(found, "Response to give", "Sec-WebSocket-Accept"),
            "J8qoXqbZoL7keWiAo6FOA9JV+mY=");
}

TEST(Inspector, ExplainsARequestWithItsResponse) {
  const auto both = std::string(request) + std::string(response);
  const auto found = inspect(both);
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(titles(found), (strings{"Request", "Engine.IO query", "Response"}));
  EXPECT_EQ(value(found, "Response", "Status"), "101 Switching Protocols");
  EXPECT_EQ(meaning(found, "Response", "Sec-WebSocket-Accept"),
            "right: J8qoXqbZoL7keWiAo6FOA9JV+mY= is computed from the key");
  EXPECT_EQ(value(found, "Response", "- parameter"), "server_max_window_bits = 12");
  EXPECT_THAT(meaning(found, "Response", "- parameter"), HasSubstr("4096 bytes"));
  EXPECT_EQ(value(found, "Response", "Verdict"), "valid");

  std::string with_lf;
  for (const char c : both) {
    if (c != '\r') with_lf.push_back(c);
  }
  EXPECT_EQ(to_json(inspect(with_lf)), to_json(found));
  EXPECT_EQ(to_json(inspect(replaced(both, "\r\n\r\nHTTP", "\r\nHTTP"))), to_json(found));
}

TEST(Inspector, ExplainsAResponseAlone) {
  const auto found = inspect(response);
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(titles(found), (strings{"Response"}));
  EXPECT_THAT(meaning(found, "Response", "Sec-WebSocket-Accept"), HasSubstr("does not have"));
}

TEST(Inspector, TellsWhatIsWrongWithARequest) {
  const auto problem = [](std::string_view from, std::string_view to) {
    const auto found = inspect(replaced(request, from, to));
    EXPECT_EQ(value(found, "Request", "Verdict"), "invalid");
    EXPECT_EQ(value(found, "Request", "Host"), "localhost:3000");
    return found.problem;
  };
  EXPECT_THAT(problem("GET", "POST"), HasSubstr("has to be a GET request"));
  EXPECT_THAT(problem("HTTP/1.1", "HTTP/1.0"), HasSubstr("needs HTTP/1.1"));
  EXPECT_THAT(problem("HTTP/1.1", "HTTP/x"), HasSubstr("needs HTTP/1.1"));
  EXPECT_THAT(problem("Upgrade: websocket", "Upgrade: h2c"), HasSubstr("Upgrade"));
  EXPECT_THAT(problem("keep-alive, Upgrade", "close"), HasSubstr("Connection"));
  EXPECT_THAT(problem("CLUKIg==", "CLUKIg="), HasSubstr("Sec-WebSocket-Key"));
  EXPECT_THAT(problem("Version: 13", "Version: 12"), HasSubstr("Sec-WebSocket-Version"));
  EXPECT_THAT(inspect(replaced(request, "Host:", "Host")).problem, HasSubstr("not a header field"));

  const auto short_key = inspect(replaced(request, "+0jgXtYyVeG28Gn1CLUKIg==", "AAAA"));
  EXPECT_THAT(meaning(short_key, "Request", "Sec-WebSocket-Key"), HasSubstr("encodes 3 bytes"));
}

TEST(Inspector, TellsWhatIsWrongWithAResponse) {
  const auto problem = [](std::string_view from, std::string_view to) {
    const auto found = inspect(std::string(request) + replaced(response, from, to));
    EXPECT_EQ(value(found, "Response", "Verdict"), "invalid") << from;
    return found.problem;
  };
  EXPECT_THAT(problem("J8qo", "J8qp"), HasSubstr("J8qoXqbZoL7keWiAo6FOA9JV+mY="));
  EXPECT_THAT(problem("101 Switching Protocols", "400 Bad Request"), HasSubstr("status 400"));
  EXPECT_THAT(problem("Connection: Upgrade", "Connection: close"), HasSubstr("Connection"));
  EXPECT_THAT(problem("Sec-WebSocket-Accept", "Accept"), HasSubstr("missing"));
  EXPECT_THAT(problem("Protocol: chat", "Protocol: other"),
              HasSubstr("did not offer the subprotocol other"));
  EXPECT_THAT(problem("permessage-deflate", "x-deflate"),
              HasSubstr("did not offer the extension x-deflate"));
  EXPECT_THAT(inspect(replaced(response, "bits=12", "bits=16")).problem, HasSubstr("8 to 15"));
  EXPECT_THAT(inspect(replaced(response, "101", "1x1")).problem, HasSubstr("three digits"));
}

TEST(Inspector, ReadsHexadecimalInAnyNotation) {
  const auto frame = masked(opcode::text, "a message of more than sixteen bytes");
  const auto plain = to_json(inspect_bytes(frame));
  EXPECT_EQ(plain["problem"], "");
  EXPECT_EQ(to_json(inspect(hex(frame, ""))), plain);
  EXPECT_EQ(to_json(inspect(hex(frame, ":"))), plain);
  EXPECT_EQ(to_json(inspect(hex(frame, ", "))), plain);
  EXPECT_EQ(to_json(inspect(hex(frame, "\r\n"))), plain);
  const auto prefixed = "0x" + hex(frame, ", 0x");
  EXPECT_EQ(to_json(inspect(prefixed.substr(0, prefixed.rfind(',')))), plain);
  EXPECT_EQ(to_json(inspect("0x81,0x2,0X48,0x69")), to_json(inspect("81 02 48 69")));
}

TEST(Inspector, ReadsDumps) {
  const auto plain = to_json(inspect(
      "81 9c 11 2d f8 bd 6a 0f 96 dc 7c 48 da 87 33 40 8b da 33 01 da d9 70 59 99 9f 2b 76 c9 8f "
      "3d 18 a5 c0"));
  EXPECT_EQ(to_json(inspect("00000000: 819c 112d f8bd 6a0f 96dc 7c48 da87 3340  ...-..j...|H..3@\n"
                            "00000010: 8bda 3301 dad9 7059 999f 2b76 c98f 3d18  ..3...pY..+v..=.\n"
                            "00000020: a5c0                                     ..\n")),
            plain);
  EXPECT_EQ(to_json(inspect(
                "00000000  81 9c 11 2d f8 bd 6a 0f  96 dc 7c 48 da 87 33 40  |...-..j...|H..3@|\n"
                "00000010  8b da 33 01 da d9 70 59  99 9f 2b 76 c9 8f 3d 18  |..3...pY..+v..=.|\n"
                "00000020  a5 c0                                             |..|\n"
                "00000022\n")),
            plain);
  EXPECT_EQ(to_json(inspect(
                "0000   81 9c 11 2d f8 bd 6a 0f 96 dc 7c 48 da 87 33 40   ...-..j...|H..3@\r\n"
                "0010   8b da 33 01 da d9 70 59 99 9f 2b 76 c9 8f 3d 18   ..3...pY..+v..=.\r\n"
                "0020   a5 c0                                             ..\r\n")),
            plain);
}

TEST(Inspector, ShowsTheFramesBeforeABadDigit) {
  const auto found = inspect("81 01 61\n89 00 zz");
  EXPECT_EQ(titles(found), (strings{"Frame 1, server to client", "Frame 2, server to client"}));
  EXPECT_EQ(found.problem, "line 2: z is not a hexadecimal digit");
  EXPECT_THAT(inspect("81 01 61 8").problem, HasSubstr("odd number"));
}

TEST(Inspector, ExplainsLengths) {
  const auto medium = inspect_bytes(unmasked(opcode::binary, std::string(300, 'x')));
  const auto frame = std::string("Frame 1, server to client");
  EXPECT_EQ(medium.problem, "");
  EXPECT_EQ(value(medium, frame, "Payload length"), "126");
  EXPECT_EQ(value(medium, frame, "Extended payload length"), "01 2c");
  EXPECT_EQ(meaning(medium, frame, "Extended payload length"), "300 bytes");
  EXPECT_THAT(value(medium, frame, "Payload"), HasSubstr("(300 bytes in all)"));

  const auto large = inspect(hex(unmasked(opcode::binary, std::string(65536, 'x')), ""));
  EXPECT_EQ(large.problem, "");
  EXPECT_EQ(value(large, frame, "Payload length"), "127");
  EXPECT_EQ(value(large, frame, "Extended payload length"), "00 00 00 00 00 01 00 00");
  EXPECT_LT(value(large, frame, "Text").size(), 5000U);

  EXPECT_THAT(inspect_bytes(bytes({0x82, 126, 0, 1, 'x'})).problem, HasSubstr("shortest"));
  EXPECT_THAT(inspect_bytes(bytes({0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0})).problem,
              HasSubstr("most significant bit"));
}

TEST(Inspector, TellsHowManyBytesAreMissing) {
  const auto missing = [](std::string_view frames) { return inspect_bytes(frames).problem; };
  EXPECT_EQ(missing(bytes({0x81})), "frame 1: cut off within its header: at least 1 byte missing");
  EXPECT_EQ(missing(bytes({0x81, 126, 1})), "frame 1: cut off within its header: 1 byte missing");
  EXPECT_EQ(missing(bytes({0x81, 0xFF, 1})),
            "frame 1: cut off within its header: 11 bytes missing");
  EXPECT_EQ(missing(unmasked(opcode::ping, "") + bytes({0x81, 5, 'H', 'e'})),
            "frame 2: cut off: 3 of the payload's 5 bytes are missing");

  const auto cut = inspect_bytes(masked(opcode::text, "Hello").substr(0, 9));
  EXPECT_EQ(value(cut, "Frame 1, client to server", "Text"), "Hel");
  const auto header = inspect_bytes(bytes({0x81, 0x85, 1}));
  EXPECT_EQ(value(header, "Frame 1, client to server", "Payload length"), "5");
  EXPECT_EQ(value(header, "Frame 1, client to server", "Masking-key"), "no such field");
}

TEST(Inspector, ReportsViolationsAndReadsOn) {
  const auto problem = [](std::string_view frames) {
    const auto found = inspect_bytes(std::string(frames) + unmasked(opcode::pong, "end"));
    EXPECT_EQ(found.parts.back().fields.back().value, "end");
    return found.problem;
  };
  EXPECT_EQ(problem(bytes({0x83, 1, 'x'})), "frame 1: its opcode is reserved");
  EXPECT_EQ(problem(bytes({0x8F, 0})), "frame 1: its opcode is reserved");
  EXPECT_EQ(problem(bytes({0xA1, 0})), "frame 1: RSV2 and RSV3 have to be 0");
  EXPECT_EQ(problem(bytes({0xC9, 0})),
            "frame 1: RSV1 may only be set on the first frame of a message");
  EXPECT_EQ(problem(bytes({0x09, 0})), "frame 1: control frames must not be fragmented");
  EXPECT_EQ(problem(unmasked(opcode::ping, std::string(126, 'x'))),
            "frame 1: control frames have at most 125 bytes of payload");
  EXPECT_EQ(problem(bytes({0x80, 0})), "frame 1: it continues no message");
  EXPECT_EQ(problem(unmasked(opcode::text, "\xFF")), "frame 1: a text message has to be UTF-8");
  EXPECT_EQ(problem(unmasked(opcode::close, "")), "frame 2: nothing may follow a close frame");
  EXPECT_THAT(problem(masked(opcode::text, "a", false) + unmasked(opcode::continuation, "b")),
              HasSubstr("frame 2: it continues no message of the server, and frames of the client "
                        "have to be masked"));
  EXPECT_THAT(problem(unmasked(opcode::text, "a", false)), HasSubstr("has no end"));
}

TEST(Inspector, ExplainsCloseFrames) {
  const auto frame = std::string("Frame 1, server to client");
  const auto found = inspect_bytes(unmasked(opcode::close, bytes({0x03, 0xE9}) + "bye"));
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(value(found, frame, "Close code"), "1001");
  EXPECT_EQ(meaning(found, frame, "Close code"), "Going Away");
  EXPECT_EQ(value(found, frame, "Reason"), "bye");
  EXPECT_EQ(value(inspect_bytes(unmasked(opcode::close, "")), frame, "Close code"), "none");
  EXPECT_EQ(inspect_bytes(unmasked(opcode::close, bytes({0x03, 0xED}))).problem,
            "frame 1: close code 1005 must not be sent");
  EXPECT_EQ(inspect_bytes(unmasked(opcode::close, "x")).problem,
            "frame 1: a close code has 2 bytes");
  EXPECT_EQ(inspect_bytes(unmasked(opcode::close, bytes({0x03, 0xE8, 0xFF}))).problem,
            "frame 1: the reason is not UTF-8");
}

TEST(Inspector, PutsFragmentsTogether) {
  // One side's fragments, cut within a code point; between them frames of both sides.
  const auto found =
      inspect_bytes(masked(opcode::text, "caf\xC3", false) + unmasked(opcode::text, "other") +
                    masked(opcode::ping, "") + masked(opcode::continuation, "\xA9"));
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(titles(found).back(), "Message of frames 1 to 4");
  EXPECT_EQ(value(found, "Message of frames 1 to 4", "Text"), "caf\xC3\xA9");
  EXPECT_EQ(value(found, "Message of frames 1 to 4", "Size"), "5");
}

TEST(Inspector, InflatesCompressedMessages) {
  deflater compressor(15, 8, 6);
  std::string compressed;
  compressor.compress("", R"(42["chat message","hello hello hello"])", compressed);
  const auto found = inspect_bytes(masked(opcode::text, compressed.substr(0, 5), false, true) +
                                   masked(opcode::continuation, compressed.substr(5)));
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(value(found, "Message of frames 1 to 2", "Text"),
            R"(42["chat message","hello hello hello"])");
  EXPECT_EQ(value(found, "Socket.IO packet", "Event"), "chat message");
  EXPECT_THAT(inspect_bytes(unmasked(opcode::text, "\xFF\xFF", true, true)).problem,
              HasSubstr("cannot be inflated"));

  compressed.clear();
  compressor.reset();
  compressor.compress("", std::string(1'000'001, 'x'), compressed);
  EXPECT_THAT(inspect_bytes(unmasked(opcode::text, compressed, true, true)).problem,
              HasSubstr("more than 1000000 bytes"));
}

TEST(Inspector, ExplainsEngineioPackets) {
  const auto found =
      inspect_bytes(unmasked(opcode::text, R"(0{"sid":"abc"})") + masked(opcode::text, "2probe") +
                    unmasked(opcode::text, "3probe") + masked(opcode::text, "5") +
                    masked(opcode::text, "4hello"));
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(titles(found),
            (strings{"Frame 1, server to client", "Engine.IO packet", "JSON",
                     "Frame 2, client to server", "Engine.IO packet", "Frame 3, server to client",
                     "Engine.IO packet", "Frame 4, client to server", "Engine.IO packet",
                     "Frame 5, client to server", "Engine.IO packet"}));
  const auto type_of = [&](std::size_t part) { return found.parts.at(part).fields.at(0).meaning; };
  EXPECT_THAT(type_of(1), StartsWith("open"));
  EXPECT_THAT(type_of(4), StartsWith("ping: probes"));
  EXPECT_THAT(type_of(6), StartsWith("pong"));
  EXPECT_THAT(type_of(8), StartsWith("upgrade"));
  EXPECT_THAT(type_of(10), StartsWith("message"));
  EXPECT_EQ(found.parts.at(10).fields.at(1).value, "hello");
}

TEST(Inspector, ExplainsSocketioPackets) {
  const auto found =
      inspect_bytes(masked(opcode::text, R"(451-/admin,12["up",{"_placeholder":true,"num":0}])") +
                    masked(opcode::binary, bytes({1, 2, 3})));
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(value(found, "Engine.IO packet", "Type"), "4");
  EXPECT_EQ(value(found, "Socket.IO packet", "Type"), "5");
  EXPECT_EQ(meaning(found, "Socket.IO packet", "Type"), "BINARY_EVENT");
  EXPECT_EQ(value(found, "Socket.IO packet", "Attachments"), "1");
  EXPECT_EQ(value(found, "Socket.IO packet", "Namespace"), "/admin");
  EXPECT_EQ(value(found, "Socket.IO packet", "Ack id"), "12");
  EXPECT_EQ(value(found, "Socket.IO packet", "Event"), "up");
  EXPECT_THAT(value(found, "Socket.IO packet", "JSON"), StartsWith("[\n  \"up\",\n"));
  EXPECT_EQ(value(found, "Socket.IO attachment", "Number"), "1 of 1");

  const auto type_of = [](std::string_view frame) {
    return meaning(inspect_bytes(frame), "Socket.IO packet", "Type");
  };
  EXPECT_EQ(type_of(masked(opcode::text, "40")), "CONNECT");
  EXPECT_EQ(type_of(masked(opcode::text, "41/a,")), "DISCONNECT");
  EXPECT_EQ(type_of(masked(opcode::text, R"(431["x"])")), "ACK");
  EXPECT_EQ(type_of(unmasked(opcode::text, R"(44{"message":"no"})")), "CONNECT_ERROR");
}

TEST(Inspector, TellsWhyAMessageIsNoSocketioPacket) {
  const auto found = inspect_bytes(masked(opcode::text, R"(42["cut)"));
  EXPECT_EQ(titles(found), (strings{"Frame 1, client to server", "Engine.IO packet"}));
  EXPECT_EQ(meaning(found, "Engine.IO packet", "Data"), "not a Socket.IO packet: invalid JSON");
  EXPECT_THAT(
      inspect_bytes(masked(opcode::text, R"(451-["x"])") + masked(opcode::text, "40")).problem,
      HasSubstr("attachments are pending"));
}

TEST(Inspector, LeavesPlainTextAlone) {
  for (const std::string_view text :
       {"hello", "2 apples", "404 not found", "4 you", "bread", "3.14 is pi", "0 problems", ""}) {
    const auto found = inspect_bytes(unmasked(opcode::text, text));
    EXPECT_EQ(found.parts.size(), 1U) << text;
    EXPECT_EQ(found.problem, "") << text;
  }
}

TEST(Inspector, RefusesWhatItCannotRead) {
  EXPECT_THAT(inspect("").problem, HasSubstr("nothing"));
  EXPECT_THAT(inspect(" \r\n ").problem, HasSubstr("nothing"));
  EXPECT_THAT(inspect("What is this?").problem, HasSubstr("first line"));
  EXPECT_THAT(inspect("Host: example.org\n").problem, HasSubstr("first line"));
  EXPECT_THAT(inspect(std::string(max_inspected_size + 1, '0')).problem, StartsWith("too long"));
  EXPECT_TRUE(inspect(std::string(max_inspected_size + 1, '0')).parts.empty());
  const auto many = inspect(std::string(max_inspected_size, '0'));
  EXPECT_LE(many.parts.size(), 1000U);
  EXPECT_LT(many.problem.size(), 1000U);
}

TEST(Inspector, WritesJson) {
  const auto json = to_json(inspect("8900"));
  EXPECT_EQ(json["problem"], "");
  EXPECT_EQ(json["parts"].size(), 1U);
  EXPECT_EQ(json["parts"][0]["title"], "Frame 1, server to client");
  EXPECT_EQ(json["parts"][0]["fields"][0].dump(),
            R"({"name":"Offset","value":"0","meaning":"bytes before the frame"})");
}

TEST(Inspector, WritesAlignedText) {
  EXPECT_EQ(to_text(inspect("8900")),
            "Frame 1, server to client\n"
            "  Offset          0    bytes before the frame\n"
            "  FIN             1    control frames are not fragmented\n"
            "  RSV1            0\n"
            "  RSV2            0\n"
            "  RSV3            0\n"
            "  Opcode          0x9  ping\n"
            "  MASK            0    not masked: the server sends it\n"
            "  Payload length  0    bytes, in 7 bits\n"
            "\n");
  EXPECT_EQ(to_text(inspect("")),
            "Problem: nothing to inspect: paste a handshake, or frames in hexadecimal\n");
}

TEST(Inspector, KeepsControlCharactersFromTheTerminal) {
  const auto text = to_text(inspect_bytes(unmasked(opcode::text,
                                                   "a\x1B[2Jb\xC2\x9B"
                                                   "c")));
  EXPECT_THAT(text, HasSubstr("a\\x1b[2Jb\\x9bc"));
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
}

// Whatever is pasted is explained in valid UTF-8 and lines of at most 100 columns.
void expect_readable(std::string_view pasted) {
  const auto found = inspect(pasted);
  EXPECT_TRUE(!found.parts.empty() || !found.problem.empty());
  EXPECT_NO_THROW((void)to_json(found).dump()) << hex(pasted);
  const auto text = to_text(found);
  EXPECT_TRUE(socketio::is_valid_utf8(text));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    ASSERT_LE(columns, 100U) << line;
  }
}

TEST(Inspector, ReadsAnything) {
  constexpr unsigned seed = 6455;
  std::mt19937 random(seed);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const auto both = std::string(request) + std::string(response);
  deflater compressor(15, 8, 6);
  std::string compressed;
  compressor.compress("", R"(42["compressed",{"a":[1,2,3]}])", compressed);
  const std::string frames =
      masked(opcode::text, R"(451-/a,7["up",{"_placeholder":true,"num":0}])") +
      masked(opcode::binary, "12345") + unmasked(opcode::text, R"(0{"sid":"abc"})") +
      masked(opcode::text, compressed, true, true) + masked(opcode::text, "caf\xC3", false) +
      masked(opcode::continuation, "\xA9") + unmasked(opcode::binary, std::string(300, '\x80')) +
      unmasked(opcode::close, bytes({0x03, 0xE8}) + "bye");
  for (int round = 0; round < 3000; ++round) {
    auto damaged = round % 2 == 0 ? frames : both;
    for (std::size_t i = below(6); i > 0; --i) {
      damaged[below(damaged.size())] = static_cast<char>(below(256));
    }
    damaged = damaged.substr(0, 1 + below(damaged.size()));
    damaged = round % 2 == 0 ? hex(damaged, round % 3 == 0 ? "" : " ") : damaged;
    if (round % 5 == 0) damaged[below(damaged.size())] = static_cast<char>(below(256));
    expect_readable(damaged);
    if (HasFatalFailure()) return;
  }
  for (int round = 0; round < 1000; ++round) {
    std::string noise;
    for (std::size_t i = 1 + below(200); i > 0; --i) noise.push_back(static_cast<char>(below(256)));
    expect_readable(noise);
    expect_readable(hex(noise));
    if (HasFatalFailure()) return;
  }
}

}  // namespace
