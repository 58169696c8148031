#include <socketio/protocol/websocket_parser.hpp>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace socketio::websocket;

using key_type = std::array<std::uint8_t, 4>;
constexpr key_type key{0x37, 0xFA, 0x21, 0x3D};

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

// The header of a masked frame: the given bytes, then the key.
std::string masked_header(std::initializer_list<int> values) {
  return bytes(values) + std::string(key.begin(), key.end());
}

// A result of the parser, with everything that its accessors say about it.
struct event {
  parse_result result = parse_result::need_more;
  std::string payload{};
  bool binary = false;
  bool compressed = false;
  close_code code = close_code::no_status;
  std::string error{};

  bool operator==(const event&) const = default;
};

event text(std::string payload) {
  return {parse_result::message, std::move(payload)};
}
event binary(std::string payload) {
  return {parse_result::message, std::move(payload), true};
}
event ping(std::string payload) {
  return {parse_result::ping, std::move(payload)};
}
event pong(std::string payload) {
  return {parse_result::pong, std::move(payload)};
}
event closed(close_code code, std::string reason = {}) {
  return {parse_result::close, std::move(reason), false, false, code};
}

std::ostream& operator<<(std::ostream& stream, const event& found) {
  return stream << "{result " << static_cast<int>(found.result) << ", payload "
                << testing::PrintToString(found.payload.substr(0, 80)) << " of "
                << found.payload.size() << ", binary " << found.binary << ", compressed "
                << found.compressed << ", code " << static_cast<int>(found.code) << ", error '"
                << found.error << "'}";
}

using events = std::vector<event>;

class peer {
 public:
  explicit peer(const parser_options& options = {}) : parser_(options) {}

  // Each piece lies in memory of exactly its size, which is freed right after parsing, so that
  // AddressSanitizer sees any access beyond it.
  void receive(std::string_view piece) {
    if (ended_) return;
    const auto memory = std::make_unique<char[]>(piece.size());
    std::copy(piece.begin(), piece.end(), memory.get());
    std::span<char> input{memory.get(), piece.size()};
    while (!ended_) {
      const auto result = parser_.next(input);
      if (result == parse_result::need_more) {
        EXPECT_TRUE(input.empty());
        return;
      }
      record(result);
    }
  }

  [[nodiscard]] const events& found() const { return found_; }
  [[nodiscard]] std::size_t buffered() const { return parser_.buffered(); }

 private:
  void record(parse_result result) {
    event found{result, std::string(parser_.text())};
    if (result == parse_result::message) {
      found.binary = parser_.binary();
      found.compressed = parser_.compressed();
    } else if (result == parse_result::close) {
      found.code = parser_.received_close_code();
    } else if (result == parse_result::error) {
      found.code = parser_.error_code();
      found.error = parser_.error_message();
      EXPECT_FALSE(found.error.empty());
    }
    ended_ = result == parse_result::close || result == parse_result::error;
    found_.push_back(std::move(found));
  }

  parser parser_;
  events found_;
  bool ended_ = false;
};

events parse_pieces(std::string_view stream, std::size_t piece, const parser_options& options) {
  peer receiver(options);
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    receiver.receive(stream.substr(at, piece));
  }
  return receiver.found();
}

events parse_whole(std::string_view stream, const parser_options& options = {}) {
  return parse_pieces(stream, std::max<std::size_t>(stream.size(), 1), options);
}

// Parses the stream whole, byte by byte, and in every split into two; all have to agree.
events parse(std::string_view stream, const parser_options& options = {}) {
  const auto whole = parse_whole(stream, options);
  EXPECT_EQ(parse_pieces(stream, 1, options), whole) << "byte by byte";
  EXPECT_EQ(parse_pieces(stream, 3, options), whole) << "by three bytes";
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    peer receiver(options);
    receiver.receive(stream.substr(0, split));
    receiver.receive(stream.substr(split));
    EXPECT_EQ(receiver.found(), whole) << "split at " << split;
    if (testing::Test::HasFailure()) break;
  }
  return whole;
}

// The code with which the parser fails the connection; no_status if it does not. Ignores what
// precedes the error.
close_code refusal(std::string_view stream, const parser_options& options = {}) {
  const auto found = parse(stream, options);
  if (found.empty() || found.back().result != parse_result::error) return close_code::no_status;
  EXPECT_EQ(found.back().payload, "");
  return found.back().code;
}

parser_options with_limit(std::uint64_t max_message_size) {
  parser_options options;
  options.max_message_size = max_message_size;
  return options;
}

parser_options with_compression() {
  parser_options options;
  options.allow_compressed = true;
  return options;
}

// Messages

TEST(WebsocketParser, ReadsTheExamplesOfTheRfc) {
  EXPECT_EQ(parse(bytes({0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58})),
            events{text("Hello")});
  EXPECT_EQ(parse(bytes({0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58})),
            events{pong("Hello")});

  parser_options unmasked;
  unmasked.masked = false;
  EXPECT_EQ(parse(bytes({0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F}), unmasked),
            events{text("Hello")});
  EXPECT_EQ(parse(bytes({0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F}), unmasked),
            events{text("Hello")});
  EXPECT_EQ(parse(bytes({0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F}), unmasked),
            events{ping("Hello")});
}

TEST(WebsocketParser, ReadsLengthsOfEachForm) {
  for (const auto size :
       std::initializer_list<std::size_t>{0, 1, 2, 124, 125, 126, 127, 128, 255, 256}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(parse(masked(opcode::binary, payload)), events{binary(payload)}) << size;
  }
  for (const auto size :
       std::initializer_list<std::size_t>{65535, 65536, 65537, 999'999, 1'000'000}) {
    const std::string payload(size, 'x');
    const auto stream = masked(opcode::text, payload);
    for (const std::size_t piece : {stream.size(), std::size_t{1}, std::size_t{4096}}) {
      EXPECT_EQ(parse_pieces(stream, piece, {}), events{text(payload)}) << size << " by " << piece;
    }
  }
  const auto long_length = masked_header({0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0});
  std::string payload(65536, '\0');
  apply_mask(payload, key);
  EXPECT_EQ(parse_whole(long_length + payload), events{binary(std::string(65536, '\0'))});
}

TEST(WebsocketParser, ReadsSeveralMessagesFromOneInput) {
  EXPECT_EQ(parse(masked(opcode::text, "one") + masked(opcode::ping, "p") +
                  masked(opcode::binary, "two") + masked(opcode::text, "") +
                  masked(opcode::pong, "") + masked(opcode::text, "three")),
            (events{text("one"), ping("p"), binary("two"), text(""), pong(""), text("three")}));
}

TEST(WebsocketParser, AssemblesFragments) {
  EXPECT_EQ(parse(masked(opcode::text, "Hel", false) + masked(opcode::continuation, "lo ", false) +
                  masked(opcode::continuation, "you") + masked(opcode::binary, "next")),
            (events{text("Hello you"), binary("next")}));
  EXPECT_EQ(parse(masked(opcode::binary, "", false) + masked(opcode::continuation, "", false) +
                  masked(opcode::continuation, "abc")),
            events{binary("abc")});
  EXPECT_EQ(parse(masked(opcode::text, "abc", false) + masked(opcode::continuation, "")),
            events{text("abc")});
  EXPECT_EQ(parse(masked(opcode::text, "", false) + masked(opcode::continuation, "")),
            events{text("")});
}

TEST(WebsocketParser, LetsControlFramesStandBetweenFragments) {
  EXPECT_EQ(parse(masked(opcode::text, "Hel", false) + masked(opcode::ping, "are you there?") +
                  masked(opcode::continuation, "", false) + masked(opcode::pong, "") +
                  masked(opcode::ping, std::string(125, 'p')) + masked(opcode::continuation, "lo") +
                  masked(opcode::ping, "x")),
            (events{ping("are you there?"), pong(""), ping(std::string(125, 'p')), text("Hello"),
                    ping("x")}));
  EXPECT_EQ(parse(masked(opcode::binary, "abc", false) + masked(opcode::close, "\x03\xE8")),
            events{closed(close_code::normal)});
}

TEST(WebsocketParser, HandsOutAMessageWithinTheInputWithoutACopy) {
  parser receiver{parser_options{}};
  auto stream = masked(opcode::text, "Hello") + masked(opcode::ping, "abc") +
                masked(opcode::binary, std::string(300, 'x')) + masked(opcode::text, "W");
  std::span<char> input{stream};
  ASSERT_EQ(receiver.next(input), parse_result::message);
  EXPECT_EQ(receiver.payload().data(), &stream[6]);
  EXPECT_EQ(receiver.text(), "Hello");
  EXPECT_EQ(input.data(), &stream[11]);
  ASSERT_EQ(receiver.next(input), parse_result::ping);
  EXPECT_EQ(receiver.payload().data(), &stream[17]);
  ASSERT_EQ(receiver.next(input), parse_result::message);
  EXPECT_EQ(receiver.payload().data(), &stream[28]);
  EXPECT_EQ(receiver.payload().size(), 300U);
  EXPECT_EQ(receiver.buffered(), 0U);

  // The parser does not copy the payload either if the header arrived in pieces.
  auto head = input.first(3);
  auto rest = input.subspan(3);
  EXPECT_EQ(receiver.next(head), parse_result::need_more);
  ASSERT_EQ(receiver.next(rest), parse_result::message);
  EXPECT_EQ(receiver.payload().data(), &stream.back());
  EXPECT_EQ(receiver.text(), "W");
  EXPECT_EQ(receiver.next(rest), parse_result::need_more);
}

TEST(WebsocketParser, GivesAwayAMessageThatItHasPutTogether) {
  parser receiver{parser_options{}};
  auto stream = masked(opcode::binary, std::string(900'000, 'x')) + masked(opcode::text, "W");
  std::span<char> input{stream};
  // The server reads this much at once; it lets the parser reserve all the memory for the message.
  constexpr std::size_t read_size = 64 * 1024;
  auto read = input.first(read_size);
  ASSERT_EQ(receiver.next(read), parse_result::need_more);
  input = input.subspan(read_size);
  ASSERT_EQ(receiver.next(input), parse_result::message);
  ASSERT_NE(receiver.assembled(), nullptr);
  const void* const place = receiver.payload().data();
  const auto message = std::move(*receiver.assembled());
  EXPECT_EQ(message.data(), place);
  EXPECT_EQ(message, std::string(900'000, 'x'));

  ASSERT_EQ(receiver.next(input), parse_result::message);
  EXPECT_EQ(receiver.text(), "W");
  EXPECT_EQ(receiver.assembled(), nullptr);
  EXPECT_EQ(receiver.buffered(), 0U);
}

TEST(WebsocketParser, TellsWhatItHolds) {
  peer receiver;
  receiver.receive(masked(opcode::text, "Hello", false));
  EXPECT_EQ(receiver.buffered(), 5U);
  receiver.receive(masked(opcode::ping, "abc"));
  EXPECT_EQ(receiver.buffered(), 5U);
  receiver.receive(masked(opcode::continuation, " you").substr(0, 8));
  EXPECT_EQ(receiver.buffered(), 7U);
  receiver.receive(masked(opcode::continuation, " you").substr(8));
  EXPECT_EQ(receiver.found(), (events{ping("abc"), text("Hello you")}));
  EXPECT_EQ(receiver.buffered(), 0U);
}

TEST(WebsocketParser, AcceptsAnEmptyInput) {
  parser receiver{parser_options{}};
  std::span<char> input;
  EXPECT_EQ(receiver.next(input), parse_result::need_more);
  EXPECT_EQ(receiver.next(input), parse_result::need_more);
}

// Frames against the protocol

TEST(WebsocketParser, RequiresMasksFromClients) {
  EXPECT_EQ(refusal(bytes({0x81, 0x05, 'H', 'e', 'l', 'l', 'o'})), close_code::protocol_error);
  EXPECT_EQ(refusal(bytes({0x81, 0x00})), close_code::protocol_error);
  EXPECT_EQ(refusal(bytes({0x89, 0x00})), close_code::protocol_error);
}

TEST(WebsocketParser, ForbidsMasksToServers) {
  parser_options options;
  options.masked = false;
  EXPECT_EQ(refusal(masked(opcode::text, "Hello"), options), close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::ping, ""), options), close_code::protocol_error);
  EXPECT_EQ(refusal(bytes({0x81, 126, 0, 125}), options), close_code::protocol_error);
}

TEST(WebsocketParser, RefusesReservedBits) {
  for (const int reserved : {0x40, 0x20, 0x10, 0x50, 0x70}) {
    for (const int code : {0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0x8A}) {
      EXPECT_EQ(refusal(masked_header({code | reserved, 0x80})), close_code::protocol_error);
    }
  }
  EXPECT_EQ(refusal("test"), close_code::protocol_error);
}

TEST(WebsocketParser, RefusesUnknownOpcodes) {
  for (const int code : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
    EXPECT_EQ(refusal(masked_header({0x80 | code, 0x80})), close_code::protocol_error) << code;
    EXPECT_EQ(refusal(masked_header({code, 0x80})), close_code::protocol_error) << code;
  }
}

TEST(WebsocketParser, AllowsRsv1OnTheFirstFrameOfAMessageIfCompressionWasAgreed) {
  const auto options = with_compression();
  const event found{parse_result::message, "\xFF\xFE not UTF-8", false, true};
  EXPECT_EQ(parse(masked(opcode::text, "\xFF\xFE not UTF-8", true, true), options), events{found});
  EXPECT_EQ(parse(masked(opcode::text, "\xFF\xFE", false, true) +
                      masked(opcode::continuation, " not UTF-8") + masked(opcode::text, "plain"),
                  options),
            (events{found, text("plain")}));
  EXPECT_EQ(refusal(masked(opcode::text, "\xFF"), options), close_code::invalid_payload);

  EXPECT_EQ(refusal(masked(opcode::text, "a", true, true)), close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::text, "a", false, true) +
                        masked(opcode::continuation, "b", true, true),
                    options),
            close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::ping, "a", true, true), options), close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::close, "", true, true), options), close_code::protocol_error);
  EXPECT_EQ(refusal(masked_header({0xA1, 0x80}), options), close_code::protocol_error);
}

TEST(WebsocketParser, RefusesLengthsThatAreNotInTheirShortestForm) {
  EXPECT_EQ(refusal(masked_header({0x82, 0xFE, 0, 0})), close_code::protocol_error);
  EXPECT_EQ(refusal(masked_header({0x82, 0xFE, 0, 125})), close_code::protocol_error);
  EXPECT_EQ(refusal(masked_header({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1})),
            close_code::protocol_error);
  EXPECT_EQ(refusal(masked_header({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})),
            close_code::protocol_error);
}

TEST(WebsocketParser, RefusesLengthsWithTheirHighestBit) {
  // Also without a limit.
  const auto unlimited = with_limit(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(refusal(masked_header({0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0}), unlimited),
            close_code::protocol_error);
  EXPECT_EQ(refusal(masked_header({0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})),
            close_code::protocol_error);
}

TEST(WebsocketParser, RefusesFragmentedAndLongControlFrames) {
  for (const int code : {0x8, 0x9, 0xA}) {
    EXPECT_EQ(refusal(masked_header({code, 0x80})), close_code::protocol_error);
    EXPECT_EQ(refusal(masked_header({0x80 | code, 0xFE, 0, 126}) + std::string(126, 'x')),
              close_code::protocol_error);
    EXPECT_EQ(refusal(masked_header({0x80 | code, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0})),
              close_code::protocol_error);
  }
  EXPECT_EQ(parse(masked(opcode::ping, std::string(125, 'p'))),
            events{ping(std::string(125, 'p'))});
}

TEST(WebsocketParser, RefusesFragmentsOutOfOrder) {
  EXPECT_EQ(refusal(masked(opcode::continuation, "a")), close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::continuation, "a", false)), close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::text, "a") + masked(opcode::continuation, "b")),
            close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::text, "a", false) + masked(opcode::continuation, "b") +
                    masked(opcode::continuation, "c")),
            close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::text, "a", false) + masked(opcode::text, "b")),
            close_code::protocol_error);
  EXPECT_EQ(refusal(masked(opcode::text, "", false) + masked(opcode::binary, "b", false)),
            close_code::protocol_error);
}

// Close frames

TEST(WebsocketParser, ReadsCloseFrames) {
  EXPECT_EQ(parse(masked(opcode::close, "")), events{closed(close_code::no_status)});
  EXPECT_EQ(parse(masked(opcode::close, "\x03\xE8")), events{closed(close_code::normal)});
  EXPECT_EQ(parse(masked(opcode::close, "\x03\xE9going\xC3\xA4")),
            events{closed(close_code::going_away, "going\xC3\xA4")});
  EXPECT_EQ(parse(masked(opcode::close, "\x0F\xA0" + std::string(123, 'r'))),
            events{closed(close_code{4000}, std::string(123, 'r'))});
}

TEST(WebsocketParser, RefusesBadCloseFrames) {
  EXPECT_EQ(refusal(masked(opcode::close, "\x03")), close_code::protocol_error);
  for (const unsigned code :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    EXPECT_EQ(refusal(masked(opcode::close, payload)), close_code::protocol_error) << code;
  }
  EXPECT_EQ(refusal(masked(opcode::close, "\x03\xE8\xFF")), close_code::invalid_payload);
  EXPECT_EQ(refusal(masked(opcode::close, "\x03\xE8 cut \xE2\x82")), close_code::invalid_payload);
}

// UTF-8

TEST(WebsocketParser, AcceptsCodePointsCutByFragments) {
  const std::string sample = "\xCE\xBA\xE1\xBD\xB9\xF0\x9F\x98\x80";
  for (std::size_t cut = 0; cut <= sample.size(); ++cut) {
    EXPECT_EQ(
        parse(masked(opcode::text, sample.substr(0, cut), false) + masked(opcode::ping, "\xFF") +
              masked(opcode::continuation, sample.substr(cut)) + masked(opcode::text, "b")),
        (events{ping("\xFF"), text(sample), text("b")}));
  }
}

TEST(WebsocketParser, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(refusal(masked(opcode::text, "\xFF")), close_code::invalid_payload);
  EXPECT_EQ(refusal(masked(opcode::text, "\xED\xA0\x80")), close_code::invalid_payload);
  EXPECT_EQ(refusal(masked(opcode::text, "cut off \xE2\x82")), close_code::invalid_payload);
  EXPECT_EQ(refusal(masked(opcode::text, "\xE2\x82", false) + masked(opcode::continuation, "")),
            close_code::invalid_payload);
  EXPECT_EQ(refusal(masked(opcode::text, "\xE2", false) + masked(opcode::continuation, "a")),
            close_code::invalid_payload);
  EXPECT_EQ(parse(masked(opcode::binary, "\xFF") + masked(opcode::ping, "\xFF")),
            (events{binary("\xFF"), ping("\xFF")}));
}

TEST(WebsocketParser, RefusesTextAsSoonAsItCannotBecomeValid) {
  const auto frame = masked(opcode::text, "valid \xF4\x90 and much more that never arrives");
  const std::size_t header_size = 6;
  const std::size_t up_to_wrong_byte = header_size + 8;
  EXPECT_EQ(parse(frame.substr(0, up_to_wrong_byte - 1)), events{});
  EXPECT_EQ(refusal(frame.substr(0, up_to_wrong_byte)), close_code::invalid_payload);

  // Also in a complete fragment of an incomplete message.
  EXPECT_EQ(refusal(masked(opcode::text, "\xC0", false)), close_code::invalid_payload);
}

// Limits

TEST(WebsocketParser, LimitsTheSizeOfMessagesByTheirDeclaredLength) {
  const auto options = with_limit(200);
  EXPECT_EQ(parse(masked(opcode::binary, std::string(200, 'x')), options),
            events{binary(std::string(200, 'x'))});
  EXPECT_EQ(refusal(masked_header({0x82, 0xFE, 0, 201}), options), close_code::message_too_big);
  EXPECT_EQ(refusal(masked_header({0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})),
            close_code::message_too_big);
  EXPECT_EQ(refusal(masked_header({0x82, 0xFF, 0, 0, 0, 0, 0x06, 0x40, 0, 0})),
            close_code::message_too_big)
      << "100 MB";
  EXPECT_EQ(refusal(masked(opcode::text, "x"), with_limit(0)), close_code::message_too_big);
  EXPECT_EQ(parse(masked(opcode::text, ""), with_limit(0)), events{text("")});
  EXPECT_EQ(parse(masked(opcode::ping, "control frames are no messages"), with_limit(0)),
            events{ping("control frames are no messages")});
}

TEST(WebsocketParser, LimitsTheSizeOfMessagesOverAllTheirFragments) {
  const auto options = with_limit(200);
  const auto half = std::string(100, 'x');
  EXPECT_EQ(parse(masked(opcode::binary, half, false) + masked(opcode::ping, half) +
                      masked(opcode::continuation, half, false) + masked(opcode::continuation, "") +
                      masked(opcode::binary, half + half),
                  options),
            (events{ping(half), binary(half + half), binary(half + half)}));
  EXPECT_EQ(
      refusal(masked(opcode::binary, half, false) + masked_header({0x00, 0x80 | 101}), options),
      close_code::message_too_big);
}

TEST(WebsocketParser, AddsLengthsWithoutWrapping) {
  const auto first = masked(opcode::binary, std::string(100, 'x'), false);
  const auto huge = masked_header({0x80, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xCE});
  EXPECT_EQ(refusal(first + huge), close_code::message_too_big) << "100 + 2^63 - 50";
  EXPECT_EQ(refusal(first + huge, with_limit(std::numeric_limits<std::int64_t>::max())),
            close_code::message_too_big);
  const auto wrapping = masked_header({0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xCE});
  EXPECT_EQ(refusal(first + wrapping), close_code::protocol_error) << "100 + 2^64 - 50";

  // Without a limit the parser begins to read such a frame, and allocates nothing for it.
  EXPECT_EQ(parse(first + huge + "begun", with_limit(std::numeric_limits<std::uint64_t>::max())),
            events{});
}

TEST(WebsocketParser, LimitsFragments) {
  parser_options options;
  options.max_fragments = 3;
  const auto begin = masked(opcode::text, "a", false);
  const auto middle = masked(opcode::continuation, "", false);
  const auto end = masked(opcode::continuation, "z");
  EXPECT_EQ(parse(begin + middle + end + begin + middle + end, options),
            (events{text("az"), text("az")}));
  EXPECT_EQ(refusal(begin + middle + middle + end, options), close_code::policy_violation);
  EXPECT_EQ(refusal(begin + middle + middle + middle, options), close_code::policy_violation);
}

TEST(WebsocketParser, LimitsAFloodOfFragments) {
  for (const std::string_view payload : {"", "x"}) {
    peer receiver;
    receiver.receive(masked(opcode::text, payload, false));
    const auto fragment = masked(opcode::continuation, payload, false);
    for (int i = 1; i < 16'384; ++i) receiver.receive(fragment);
    EXPECT_EQ(receiver.found(), events{});
    receiver.receive(fragment);
    ASSERT_EQ(receiver.found().size(), 1U);
    EXPECT_EQ(receiver.found()[0].result, parse_result::error);
    EXPECT_EQ(receiver.found()[0].code, close_code::policy_violation);
  }
}

TEST(WebsocketParser, CountsFragmentsAnewForEachMessage) {
  peer receiver;
  const auto whole = masked(opcode::text, "x");
  for (int i = 0; i < 40'000; ++i) receiver.receive(whole);
  const auto pair = masked(opcode::text, "a", false) + masked(opcode::continuation, "b");
  for (int i = 0; i < 20'000; ++i) receiver.receive(pair);
  const auto pings = masked(opcode::ping, "p");
  receiver.receive(masked(opcode::text, "a", false));
  for (int i = 0; i < 20'000; ++i) receiver.receive(pings);
  receiver.receive(masked(opcode::continuation, "b"));
  ASSERT_EQ(receiver.found().size(), 80'001U);
  EXPECT_EQ(receiver.found()[39'999], text("x"));
  EXPECT_EQ(receiver.found()[59'999], text("ab"));
  EXPECT_EQ(receiver.found()[79'999], ping("p"));
  EXPECT_EQ(receiver.found().back(), text("ab"));
}

// Memory

static_assert(sizeof(parser) <= 168, "an idle connection owns a parser");

std::size_t heap_in_use() {
  const auto information = mallinfo2();
  return information.uordblks + information.hblkhd;
}

// Sanitizers replace glibc's heap, which mallinfo2() measures.
bool heap_can_be_measured() {
  const auto before = heap_in_use();
  const auto stream = masked(opcode::binary, std::string(100'000, 'x'));
  return heap_in_use() >= before + stream.size();
}

void receive(parser& receiver, std::string stream, parse_result expected) {
  std::span<char> input{stream};
  ASSERT_EQ(receiver.next(input), expected);
}

constexpr std::size_t many = 200;

TEST(WebsocketParser, OwnsNoMemoryWhileNothingIsIncomplete) {
  if (!heap_can_be_measured()) GTEST_SKIP() << "no measure of the heap";
  std::vector<parser> receivers(many, parser{parser_options{}});
  const std::string half(5'000, 'x');
  const auto before = heap_in_use();
  for (auto& receiver : receivers) {
    receive(receiver, masked(opcode::binary, half, false), parse_result::need_more);
    receive(receiver, masked(opcode::ping, half.substr(0, 125)).substr(0, 100),
            parse_result::need_more);
  }
  EXPECT_GE(heap_in_use(), before + many * half.size());
  for (auto& receiver : receivers) {
    receive(receiver, std::string(31, 'x'), parse_result::ping);
    receive(receiver, masked(opcode::continuation, half), parse_result::message);
    // The next call releases the message that was returned; a header's first byte needs no memory.
    receive(receiver, bytes({0x82}), parse_result::need_more);
  }
  EXPECT_LT(heap_in_use(), before + many * 16);
  for (auto& receiver : receivers) {
    receive(receiver, masked(opcode::binary, half).substr(1), parse_result::message);
  }
  EXPECT_LT(heap_in_use(), before + many * 16);
}

TEST(WebsocketParser, NeedsMemoryForWhatArrivesAndNotForWhatIsDeclared) {
  if (!heap_can_be_measured()) GTEST_SKIP() << "no measure of the heap";
  std::vector<parser> receivers(many, parser{parser_options{}});
  constexpr std::size_t arrived = 1'000;
  const auto beginning = masked(opcode::binary, std::string(999'999, 'x')).substr(0, 14 + arrived);
  const auto before = heap_in_use();
  for (auto& receiver : receivers) receive(receiver, beginning, parse_result::need_more);
  EXPECT_GE(heap_in_use(), before + many * arrived);
  EXPECT_LT(heap_in_use(), before + many * arrived * 3);
}

TEST(WebsocketParser, NeedsMemoryForTheBytesOfFragmentsAndNotForTheirNumber) {
  if (!heap_can_be_measured()) GTEST_SKIP() << "no measure of the heap";
  std::vector<parser> receivers(many, parser{parser_options{}});
  const auto begin = masked(opcode::binary, "x", false);
  const auto fragment = masked(opcode::continuation, "y", false);
  const auto before = heap_in_use();
  constexpr std::size_t arrived = 1'000;
  for (auto& receiver : receivers) {
    receive(receiver, begin, parse_result::need_more);
    for (std::size_t i = 1; i < arrived; ++i) {
      receive(receiver, fragment, parse_result::need_more);
    }
  }
  EXPECT_GE(heap_in_use(), before + many * arrived);
  EXPECT_LT(heap_in_use(), before + many * arrived * 3);
}

// Random streams

class generator {
 public:
  explicit generator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  std::string payload(bool utf8, std::size_t max_size) {
    static constexpr std::array<std::string_view, 6> characters{
        "a",
        "plain text, which is the most of it",
        "\xC3\xA9",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "\x7F"};
    std::string result;
    const auto size = below(max_size + 1);
    while (result.size() < size) {
      if (utf8) {
        result += characters[below(characters.size())];
      } else {
        result.push_back(static_cast<char>(below(256)));
      }
    }
    // Not longer, since control frames have a limit; only text has to consist of whole characters.
    if (!utf8) result.resize(size);
    return result;
  }

  void append_frame(std::string& stream, opcode code, std::string_view payload, bool fin) {
    key_type random_key;
    for (auto& byte : random_key) byte = static_cast<std::uint8_t>(below(256));
    append_masked_frame(stream, code, payload, random_key, fin);
  }

  // Appends a message in a few fragments, with control frames between them.
  void append_message(std::string& stream, events& expected) {
    const bool is_text = below(2) == 0;
    const auto message = payload(is_text, below(4) == 0 ? 70'000 : 300);
    auto code = is_text ? opcode::text : opcode::binary;
    std::string_view rest = message;
    for (auto fragments = below(2) == 0 ? 1 : 1 + below(6); fragments > 0; --fragments) {
      const auto size = fragments == 1 ? rest.size() : below(rest.size() + 1);
      append_frame(stream, code, rest.substr(0, size), fragments == 1);
      rest.remove_prefix(size);
      code = opcode::continuation;
      if (fragments == 1) {
        expected.push_back(is_text ? text(message) : binary(message));
      } else {
        append_control_frames(stream, expected);
      }
    }
    append_control_frames(stream, expected);
  }

  std::vector<std::size_t> split_points(std::size_t size) {
    std::vector<std::size_t> points{0, size};
    const auto limit = below(3) == 0 ? size : 1 + below(40);
    for (std::size_t at = 0; at < size; at += 1 + below(limit)) points.push_back(at);
    std::sort(points.begin(), points.end());
    return points;
  }

 private:
  void append_control_frames(std::string& stream, events& expected) {
    for (auto count = below(3); count > 0; --count) {
      const bool is_ping = below(2) == 0;
      const auto content = payload(false, 125);
      append_frame(stream, is_ping ? opcode::ping : opcode::pong, content, true);
      expected.push_back(is_ping ? ping(content) : pong(content));
    }
  }

  std::mt19937 random_;
};

events parse_split(generator& random, std::string_view stream, const parser_options& options) {
  peer receiver(options);
  const auto points = random.split_points(stream.size());
  for (std::size_t i = 1; i < points.size(); ++i) {
    receiver.receive(stream.substr(points[i - 1], points[i] - points[i - 1]));
  }
  return receiver.found();
}

TEST(WebsocketParser, ReadsRandomStreamsHoweverTheyAreSplit) {
  generator random(20111211);
  for (int round = 0; round < 100; ++round) {
    std::string stream;
    events expected;
    for (auto messages = 1 + random.below(8); messages > 0; --messages) {
      random.append_message(stream, expected);
    }
    random.append_frame(stream, opcode::close, "\x03\xE8", true);
    expected.push_back(closed(close_code::normal));
    ASSERT_EQ(parse_whole(stream), expected) << "round " << round;
    for (int splits = 0; splits < 3; ++splits) {
      ASSERT_EQ(parse_split(random, stream, {}), expected) << "round " << round;
    }
  }
}

TEST(WebsocketParser, JudgesDamagedStreamsAlikeHoweverTheyAreSplit) {
  generator random(6455);
  std::size_t refused = 0;
  for (int round = 0; round < 3'000; ++round) {
    auto options = with_limit(random.below(2) == 0 ? 400 : 1'000'000);
    options.max_fragments = 1 + random.below(8);
    options.allow_compressed = random.below(2) == 0;
    std::string stream;
    for (auto frames = 1 + random.below(5); frames > 0; --frames) {
      static constexpr std::array codes{opcode::text,   opcode::text, opcode::continuation,
                                        opcode::binary, opcode::ping, opcode::close};
      const auto code = codes[random.below(codes.size())];
      const bool control = code >= opcode::close;
      random.append_frame(stream, code,
                          random.payload(!control, random.below(2) == 0 && !control ? 300 : 20),
                          control || random.below(2) == 0);
    }
    for (auto damages = random.below(3); damages > 0; --damages) {
      const auto near_a_header = random.below(std::min<std::size_t>(stream.size(), 8));
      stream[random.below(2) == 0 ? near_a_header : random.below(stream.size())] =
          static_cast<char>(random.below(256));
    }
    const auto whole = parse_whole(stream, options);
    ASSERT_EQ(parse_pieces(stream, 1, options), whole) << testing::PrintToString(stream);
    ASSERT_EQ(parse_split(random, stream, options), whole) << testing::PrintToString(stream);
    refused += !whole.empty() && whole.back().result == parse_result::error ? 1 : 0;
  }
  EXPECT_GT(refused, 1'000U);
  EXPECT_LT(refused, 3'000U);
}

// --- Streamed messages

struct streamed_message {
  std::string data;
  bool binary = false;
  std::size_t parts = 0;

  bool operator==(const streamed_message&) const = default;
};

// Joins the parts to messages; reports an error as the last message.
std::vector<streamed_message> stream(std::string input, std::size_t piece_size,
                                     std::uint64_t max_message_size = 1'000'000) {
  parser_options options;
  options.streamed = true;
  options.max_message_size = max_message_size;
  parser streaming(options);
  std::vector<streamed_message> messages;
  streamed_message current;
  for (std::size_t first = 0; first < input.size(); first += piece_size) {
    std::span<char> piece =
        std::span(input).subspan(first, std::min(piece_size, input.size() - first));
    while (true) {
      const auto result = streaming.next(piece);
      if (result == parse_result::need_more) break;
      if (result == parse_result::error) {
        messages.push_back({"error " + std::string(streaming.error_message())});
        return messages;
      }
      if (result != parse_result::message) continue;
      EXPECT_TRUE(streaming.last() || !streaming.payload().empty());
      current.data.append(streaming.text());
      current.binary = streaming.binary();
      ++current.parts;
      if (streaming.last()) messages.push_back(std::exchange(current, {}));
      EXPECT_EQ(streaming.buffered(), 0U);
    }
  }
  return messages;
}

TEST(WebsocketParser, StreamsMessagesAsTheyArrive) {
  const auto input = masked(opcode::text, "hello") + masked(opcode::binary, "ab", false) +
                     masked(opcode::ping, "x") + masked(opcode::continuation, "", false) +
                     masked(opcode::continuation, "cde") + masked(opcode::text, "") +
                     masked(opcode::binary, "f", false) + masked(opcode::continuation, "");
  const auto whole = stream(input, input.size());
  ASSERT_EQ(whole.size(), 4U);
  EXPECT_EQ(whole[0], (streamed_message{"hello", false, 1}));
  EXPECT_EQ(whole[1], (streamed_message{"abcde", true, 2}));
  EXPECT_EQ(whole[2], (streamed_message{"", false, 1}));
  EXPECT_EQ(whole[3], (streamed_message{"f", true, 2}));
  for (std::size_t piece = 1; piece < input.size(); ++piece) {
    const auto split = stream(input, piece);
    ASSERT_EQ(split.size(), whole.size()) << piece;
    for (std::size_t i = 0; i < split.size(); ++i) {
      EXPECT_EQ(split[i].data, whole[i].data);
      EXPECT_EQ(split[i].binary, whole[i].binary);
    }
  }
  EXPECT_EQ(stream(input, 1).front().parts, 5U);
}

TEST(WebsocketParser, ChecksStreamedMessages) {
  const auto euro = std::string("\xE2\x82\xAC");
  EXPECT_EQ(stream(masked(opcode::text, euro.substr(0, 1), false) +
                       masked(opcode::continuation, euro.substr(1)),
                   3)
                .front()
                .data,
            euro);
  EXPECT_EQ(stream(masked(opcode::text, euro.substr(0, 2)), 1).front().data,
            "error text is not UTF-8");
  // The limit applies to all fragments together, although the parser keeps none of them.
  const auto fragments = masked(opcode::binary, "12345", false) +
                         masked(opcode::continuation, "67890", false) +
                         masked(opcode::continuation, "a");
  EXPECT_EQ(stream(fragments, 4, 11).front().data, "1234567890a");
  EXPECT_EQ(stream(fragments, 4, 10).front().data, "error message too big");
}

}  // namespace
