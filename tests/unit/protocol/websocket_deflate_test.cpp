#include <socketio/protocol/websocket_deflate.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace socketio::websocket;
using socketio::http_request;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result.push_back(static_cast<char>(value));
  return result;
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string result;
  result.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += piece;
  return result;
}

std::string random_bytes(std::size_t size) {
  std::mt19937 numbers(7692);
  std::string result(size, '\0');
  for (char& byte : result) byte = static_cast<char>(numbers());
  return result;
}

// Options that accept whatever the client asks for.
deflate_options yielding() {
  deflate_options options;
  options.server_no_context_takeover = false;
  options.client_no_context_takeover = false;
  return options;
}

deflate_options windows(unsigned server, unsigned client) {
  auto options = yielding();
  options.server_max_window_bits = server;
  options.client_max_window_bits = client;
  return options;
}

std::optional<deflate_options> negotiate(std::initializer_list<std::string_view> fields,
                                         const deflate_options& options = yielding()) {
  http_request request;
  request.headers.append("Host", "localhost");
  for (const auto field : fields) request.headers.append("Sec-WebSocket-Extensions", field);
  return negotiate_deflate(request, options);
}

// The response to an offer; "declined" if there is none.
std::string answer(std::string_view offer, const deflate_options& options = yielding()) {
  const auto agreed = negotiate({offer}, options);
  return agreed ? deflate_response(*agreed) : "declined";
}

std::string compressed(deflater& compressor, std::string_view message) {
  std::string output;
  compressor.compress(message, {}, output);
  return output;
}

struct inflated {
  inflate_result result;
  std::string output;

  bool operator==(const inflated&) const = default;
};

inflated decompressed(inflater& decompressor, std::string_view message,
                      std::uint64_t limit = no_limit) {
  inflated found{};
  found.result = decompressor.decompress(message, true, limit, found.output);
  return found;
}

inflated decompressed(std::string_view message, std::uint64_t limit = no_limit) {
  inflater fresh;
  return decompressed(fresh, message, limit);
}

inflated decompressed_bytewise(std::string_view message, std::uint64_t limit = no_limit) {
  inflater fresh;
  inflated found{};
  for (const char& byte : message) {
    found.result = fresh.decompress({&byte, 1}, false, limit, found.output);
    if (found.result != inflate_result::done) return found;
  }
  found.result = fresh.decompress({}, true, limit, found.output);
  return found;
}

inflated done(std::string output) {
  return {inflate_result::done, std::move(output)};
}

TEST(CheckDeflateOptions, TakesTheWholeRange) {
  EXPECT_NO_THROW(check({}));
  auto options = windows(9, 9);
  options.memory_level = 1;
  options.compression_level = 1;
  EXPECT_NO_THROW(check(options));
  options.memory_level = 9;
  options.compression_level = 9;
  options.threshold = 0;
  EXPECT_NO_THROW(check(options));
}

TEST(CheckDeflateOptions, RefusesValuesOutOfRange) {
  for (const unsigned wrong : {0U, 8U, 16U}) {
    EXPECT_THROW(check(windows(wrong, 15)), std::invalid_argument) << wrong;
    EXPECT_THROW(check(windows(15, wrong)), std::invalid_argument) << wrong;
  }
  for (const unsigned wrong : {0U, 10U}) {
    deflate_options options;
    options.memory_level = wrong;
    EXPECT_THROW(check(options), std::invalid_argument) << wrong;
    options = {};
    options.compression_level = wrong;
    EXPECT_THROW(check(options), std::invalid_argument) << wrong;
  }
}

TEST(NegotiateDeflate, NeedsAnOffer) {
  EXPECT_FALSE(negotiate({}));
  EXPECT_EQ(answer(""), "declined");
  EXPECT_EQ(answer(", ,"), "declined");
  EXPECT_EQ(answer("x-webkit-deflate-frame"), "declined");
  EXPECT_EQ(answer("permessage-deflate"), "permessage-deflate");
}

TEST(NegotiateDeflate, AnswersWhatClientsOffer) {
  constexpr std::string_view browser = "permessage-deflate; client_max_window_bits";
  EXPECT_EQ(answer(browser), "permessage-deflate");
  EXPECT_EQ(answer(browser, {}),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_EQ(answer(browser, windows(12, 11)),
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=11");
}

TEST(NegotiateDeflate, KeepsTheOtherOptions) {
  auto options = yielding();
  options.threshold = 17;
  options.memory_level = 3;
  options.compression_level = 2;
  const auto agreed = negotiate({"permessage-deflate"}, options);
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->threshold, 17U);
  EXPECT_EQ(agreed->memory_level, 3U);
  EXPECT_EQ(agreed->compression_level, 2U);
}

TEST(NegotiateDeflate, AgreesOnNoContextTakeover) {
  EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover"),
            "permessage-deflate; server_no_context_takeover");
  EXPECT_EQ(answer("permessage-deflate;client_no_context_takeover"),
            "permessage-deflate; client_no_context_takeover");
  // The server may choose so even if the client did not ask for it.
  EXPECT_EQ(answer("permessage-deflate", {}),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

TEST(NegotiateDeflate, TakesTheSmallerServerWindow) {
  constexpr std::string_view offer = "permessage-deflate; server_max_window_bits=10";
  EXPECT_EQ(answer(offer), "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(answer(offer, windows(9, 15)), "permessage-deflate; server_max_window_bits=9");
  EXPECT_EQ(answer("permessage-deflate", windows(9, 15)),
            "permessage-deflate; server_max_window_bits=9");
}

// RFC 7692, section 7.1.2.1: the response has to have the parameter if the offer has it.
TEST(NegotiateDeflate, AnswersTheLargestServerWindow) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=15"),
            "permessage-deflate; server_max_window_bits=14");
}

TEST(NegotiateDeflate, TakesTheSmallerClientWindow) {
  constexpr std::string_view offer = "permessage-deflate; client_max_window_bits=12";
  EXPECT_EQ(answer(offer), "permessage-deflate; client_max_window_bits=12");
  EXPECT_EQ(answer(offer, windows(15, 13)), "permessage-deflate; client_max_window_bits=12");
  EXPECT_EQ(answer(offer, windows(15, 10)), "permessage-deflate; client_max_window_bits=10");
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=15"), "permessage-deflate");
}

TEST(NegotiateDeflate, NamesAClientWindowOnlyIfTheClientAllowsIt) {
  const auto agreed = negotiate({"permessage-deflate"}, windows(15, 10));
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->client_max_window_bits, 15U);
  EXPECT_EQ(deflate_response(*agreed), "permessage-deflate");
}

// zlib can decompress with a window of 2^8 bytes, but not compress.
TEST(NegotiateDeflate, AllowsTheSmallestWindowForTheClientOnly) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8"), "declined");
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=8"),
            "permessage-deflate; client_max_window_bits=8");
}

TEST(NegotiateDeflate, ReadsQuotedValuesAndBlanks) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=\"10\""),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=\"\\1\\0\""),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(answer(" \tpermessage-deflate\t;\t client_max_window_bits = 9 \t"),
            "permessage-deflate; client_max_window_bits=9");
}

TEST(NegotiateDeflate, DeclinesInvalidOffers) {
  for (const std::string_view parameters :
       {"",
        "a",
        "a=1",
        "a=\"1\"",
        "=",
        "=1",
        ";",
        "server_no_context_takeover;",
        "server_no_context_takeover=1",
        "server_no_context_takeover=",
        "client_no_context_takeover=0",
        "client_no_context_takeover=\"\"",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits",
        "server_max_window_bits=",
        "server_max_window_bits=\"\"",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=+10",
        "server_max_window_bits=-10",
        "server_max_window_bits=1 0",
        "server_max_window_bits=10x",
        "server_max_window_bits=4294967306",
        "server_max_window_bits=10.0",
        "server_max_window_bits=10; server_max_window_bits=10",
        "server_max_window_bits=\"10",
        "server_max_window_bits=\"10\\",
        "server_max_window_bits=\"10\"0",
        "server_max_window_bits=\" 10\"",
        "client_max_window_bits=",
        "client_max_window_bits=0",
        "client_max_window_bits=010",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "client_max_window_bits; client_max_window_bits",
        "client_max_window_bits; client_max_window_bits=10",
        "client_max_window_bits=10; client_max_window_bits",
        "Server_no_context_takeover",
        "server_no_context_takeover client_no_context_takeover"}) {
    EXPECT_EQ(answer("permessage-deflate; " + std::string(parameters)), "declined") << parameters;
  }
  EXPECT_EQ(answer("permessage-deflate=1"), "declined");
  EXPECT_EQ(answer("permessage-deflate x"), "declined");
  EXPECT_EQ(answer("\"permessage-deflate\""), "declined");
  EXPECT_EQ(answer("permessage-deflates"), "declined");
}

TEST(NegotiateDeflate, TakesTheFirstAcceptableOffer) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=10, permessage-deflate"),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8,permessage-deflate"),
            "permessage-deflate");
  EXPECT_EQ(answer("x; y=\"a, permessage-deflate\", , permessage-deflate; a, permessage-deflate; "
                   "client_max_window_bits=9"),
            "permessage-deflate; client_max_window_bits=9");
  EXPECT_EQ(answer("?=, permessage-deflate"), "permessage-deflate");
  EXPECT_EQ(answer("a \"b,c\" d, permessage-deflate"), "permessage-deflate");
  // A quoted string without an end hides everything after it.
  EXPECT_EQ(answer("a; b=\"c, permessage-deflate"), "declined");
}

TEST(NegotiateDeflate, ReadsEveryField) {
  const auto agreed =
      negotiate({"a; b=\"c", "permessage-deflate; x", "",
                 "permessage-deflate; server_max_window_bits=9", "permessage-deflate"});
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->server_max_window_bits, 9U);
}

// Quadratic time would be minutes: the text is far longer than a request's head may be.
TEST(NegotiateDeflate, TakesLinearTime) {
  constexpr std::size_t times = 200'000;
  for (const std::string_view piece :
       {" ", "\t", ",", ";", "=", "\"", "\"\"", "\\", "a", "; a", ";a=b", ";a=\"b\"", ", a", " =",
        "; client_max_window_bits", ",permessage-deflate; a", "\" ", "; =\""}) {
    const auto attack = "permessage-deflate; a" + repeated(piece, times);
    EXPECT_EQ(answer(attack), "declined") << piece;
  }
  EXPECT_EQ(answer(std::string(times, ' ') + "permessage-deflate" + std::string(times, ' ')),
            "permessage-deflate");
}

TEST(DeflateOffer, NamesTheOptions) {
  EXPECT_EQ(deflate_offer(yielding()), "permessage-deflate; client_max_window_bits");
  EXPECT_EQ(deflate_offer(windows(10, 11)),
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11");
  EXPECT_EQ(deflate_offer({}),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "client_max_window_bits");
}

TEST(AcceptDeflate, TakesTheServersParameters) {
  auto agreed = accept_deflate("permessage-deflate", yielding());
  ASSERT_TRUE(agreed);
  EXPECT_FALSE(agreed->server_no_context_takeover);
  EXPECT_FALSE(agreed->client_no_context_takeover);
  EXPECT_EQ(agreed->server_max_window_bits, 15U);
  EXPECT_EQ(agreed->client_max_window_bits, 15U);

  agreed = accept_deflate(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
      "server_max_window_bits=8; client_max_window_bits=\"9\"",
      yielding());
  ASSERT_TRUE(agreed);
  EXPECT_TRUE(agreed->server_no_context_takeover);
  EXPECT_TRUE(agreed->client_no_context_takeover);
  EXPECT_EQ(agreed->server_max_window_bits, 8U);
  EXPECT_EQ(agreed->client_max_window_bits, 9U);
}

TEST(AcceptDeflate, KeepsTheClientsPromises) {
  auto offered = windows(15, 10);
  offered.client_no_context_takeover = true;
  const auto agreed = accept_deflate("permessage-deflate", offered);
  ASSERT_TRUE(agreed);
  EXPECT_TRUE(agreed->client_no_context_takeover);
  EXPECT_EQ(agreed->client_max_window_bits, 10U);
}

TEST(AcceptDeflate, RefusesInvalidAnswers) {
  for (const std::string_view response :
       {"", ",", "other", "permessage-deflate, other", "permessage-deflate, permessage-deflate",
        "permessage-deflate; a", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover"}) {
    EXPECT_FALSE(accept_deflate(response, yielding())) << response;
  }
}

TEST(AcceptDeflate, RefusesParametersBeyondTheOffer) {
  EXPECT_FALSE(accept_deflate("permessage-deflate", windows(10, 15)));
  EXPECT_FALSE(accept_deflate("permessage-deflate; server_max_window_bits=11", windows(10, 15)));
  EXPECT_FALSE(accept_deflate("permessage-deflate; client_max_window_bits=11", windows(15, 10)));
  EXPECT_FALSE(accept_deflate("permessage-deflate; client_no_context_takeover", {}));
}

// Two sides of this library agree on the same parameters, whatever their options.
TEST(AcceptDeflate, UnderstandsNegotiateDeflate) {
  std::vector<deflate_options> sides;
  for (const unsigned server : {9U, 12U, 15U}) {
    for (const unsigned client : {9U, 12U, 15U}) {
      for (const bool takeover : {false, true}) {
        sides.push_back(windows(server, client));
        sides.back().server_no_context_takeover = takeover;
        sides.push_back(windows(server, client));
        sides.back().client_no_context_takeover = takeover;
      }
    }
  }
  for (const auto& client : sides) {
    for (const auto& server : sides) {
      const auto offer = deflate_offer(client);
      const auto agreed = negotiate({offer}, server);
      ASSERT_TRUE(agreed) << offer;
      const auto response = deflate_response(*agreed);
      const auto accepted = accept_deflate(response, client);
      ASSERT_TRUE(accepted) << offer << " -> " << response;
      EXPECT_EQ(accepted->server_no_context_takeover, agreed->server_no_context_takeover);
      EXPECT_EQ(accepted->client_no_context_takeover, agreed->client_no_context_takeover);
      EXPECT_EQ(accepted->server_max_window_bits, agreed->server_max_window_bits);
      EXPECT_EQ(accepted->client_max_window_bits, agreed->client_max_window_bits);
    }
  }
}

// RFC 7692, sections 7.2.3.1, 7.2.3.2 and 7.2.3.6.
TEST(Deflater, GivesTheBytesOfTheSpecification) {
  deflater compressor(15, 8, 6);
  EXPECT_EQ(compressed(compressor, "Hello"), bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}));
  EXPECT_EQ(compressed(compressor, "Hello"), bytes({0xF2, 0x00, 0x11, 0x00, 0x00}));
  EXPECT_EQ(compressed(compressor, ""), bytes({0x00}));
  EXPECT_EQ(compressed(compressor, ""), bytes({0x00}));
}

TEST(Deflater, ForgetsAtAReset) {
  deflater compressor(15, 8, 6);
  const auto first = compressed(compressor, "Hello");
  compressor.reset();
  EXPECT_EQ(compressed(compressor, "Hello"), first);
}

TEST(Deflater, AppendsBothParts) {
  deflater compressor(15, 8, 6);
  inflater decompressor;
  for (const auto& [head, body] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"He", "llo"}, {"Hello", ""}, {"", "Hello"}}) {
    std::string output = "before";
    compressor.compress(head, body, output);
    ASSERT_TRUE(output.starts_with("before"));
    EXPECT_EQ(decompressed(decompressor, std::string_view(output).substr(6)), done("Hello"));
  }
}

TEST(Deflater, RefusesParametersThatZlibLacks) {
  EXPECT_THROW(deflater(8, 8, 6), std::invalid_argument);
  EXPECT_THROW(deflater(16, 8, 6), std::invalid_argument);
  EXPECT_THROW(deflater(15, 0, 6), std::invalid_argument);
  EXPECT_THROW(deflater(15, 10, 6), std::invalid_argument);
  EXPECT_THROW(deflater(15, 8, 0), std::invalid_argument);
  EXPECT_THROW(deflater(15, 8, 10), std::invalid_argument);
}

TEST(Deflater, MayBeMoved) {
  deflater compressor(15, 8, 6);
  compressed(compressor, "Hello");
  deflater moved(std::move(compressor));
  EXPECT_EQ(compressed(moved, "Hello"), bytes({0xF2, 0x00, 0x11, 0x00, 0x00}));
}

TEST(Inflater, DecompressesEveryCompressorsOutput) {
  const auto noise = random_bytes(100'000);
  const std::vector<std::string> messages{
      "",    "a", "Hello", "Hello", std::string(300'000, 'x'), noise, noise.substr(0, 30'000),
      noise, ""};
  for (const unsigned window_bits : {9U, 12U, 15U}) {
    for (const unsigned memory_level : {1U, 8U}) {
      for (const unsigned compression_level : {1U, 6U}) {
        deflater compressor(window_bits, memory_level, compression_level);
        inflater decompressor(window_bits);
        for (const bool takeover : {true, false}) {
          for (const auto& message : messages) {
            const auto data = compressed(compressor, message);
            EXPECT_EQ(decompressed(decompressor, data), done(message));
            if (takeover) continue;
            compressor.reset();
            decompressor.reset();
          }
        }
      }
    }
  }
}

// The flushed output may end at any position of the block that zlib writes to.
TEST(Inflater, DecompressesEverySize) {
  const auto noise = random_bytes(34'000);
  deflater compressor(15, 8, 1);
  for (const std::size_t around : {16'384U, 32'768U}) {
    for (std::size_t size = around - 60; size < around + 20; ++size) {
      const auto message = std::string_view(noise).substr(0, size);
      EXPECT_EQ(decompressed(compressed(compressor, message)), done(std::string(message))) << size;
      compressor.reset();
    }
  }
}

TEST(Inflater, ReadsTheBytesOfTheSpecification) {
  const std::vector<std::string> payloads{
      bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}),                          // 7.2.3.1
      bytes({0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00}),  // 7.2.3.3
      bytes({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00}),                    // 7.2.3.4
      bytes({0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00})};
  inflater decompressor;
  for (const auto& payload : payloads) {
    EXPECT_EQ(decompressed(payload), done("Hello"));
    EXPECT_EQ(decompressed_bytewise(payload), done("Hello"));
    // Another message may follow each kind of ending.
    EXPECT_EQ(decompressed(decompressor, payload), done("Hello"));
  }
  EXPECT_EQ(decompressed(decompressor, bytes({0xF2, 0x00, 0x11, 0x00, 0x00})), done("Hello"));
  EXPECT_EQ(decompressed(decompressor, bytes({0x00})), done(""));
  EXPECT_EQ(decompressed(bytes({0x00})), done(""));
}

TEST(Inflater, ReadsOnAfterAFinalBlock) {
  const auto final_hello = bytes({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});
  const auto hello = bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});
  // "Hello" as a reference to the last five bytes
  const auto again = bytes({0xF2, 0x00, 0x11, 0x00, 0x00});

  for (const auto& [payload, message] : std::vector<std::pair<std::string, std::string>>{
           {final_hello, "Hello"},
           {final_hello + hello, "HelloHello"},
           {final_hello + again, "HelloHello"},
           {final_hello + final_hello + final_hello, "HelloHelloHello"},
           {bytes({0x01}), ""},                                // stored
           {bytes({0x01, 0x01, 0x00, 0xFE, 0xFF, 'a'}), "a"},  // stored
           {bytes({0x01, 0x01, 0x00, 0xFE, 0xFF, 'a', 0x01}), "a"}}) {
    EXPECT_EQ(decompressed(payload), done(message));
    EXPECT_EQ(decompressed_bytewise(payload), done(message));
    // The window survives for later blocks and for the next message.
    inflater decompressor;
    EXPECT_EQ(decompressed(decompressor, hello), done("Hello"));
    EXPECT_EQ(decompressed(decompressor, payload), done(message));
    EXPECT_EQ(decompressed(decompressor, hello), done("Hello"));
    EXPECT_EQ(decompressed(decompressor, again), done("Hello"));
  }
}

// A final block at a message's end does not count as the next message's block.
TEST(Inflater, NeedsABlockInEveryMessage) {
  inflater decompressor;
  EXPECT_EQ(decompressed(decompressor, bytes({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00})),
            done("Hello"));
  EXPECT_EQ(decompressed(decompressor, "").result, inflate_result::corrupt);
}

TEST(Inflater, FindsCorruption) {
  const auto hello = bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});
  std::vector<std::string> payloads{
      "",
      hello + bytes({0x00}),
      hello + bytes({0xFF}),
      hello + bytes({0x00, 0x00, 0xFF, 0xFF}),
      bytes(
          {0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x06}),  // an invalid block after a final one
      bytes({0x06}),                                          // an unknown type of block
      bytes({0x00, 0x05, 0x00, 0xFB, 0xFF}),                  // a length without its complement
      bytes({0xF2, 0x00, 0x11, 0x00, 0x00}),                  // a reference to before the beginning
      bytes({0x00, 0x04, 0x00, 0xFB, 0xFF}),  // the bytes that senders remove, as data
      bytes({0x01, 0x04, 0x00, 0xFB, 0xFF}),
      bytes({0x78, 0x9C, 0x03, 0x00}),   // zlib's format
      bytes({0x1F, 0x8B, 0x08, 0x00})};  // gzip's
  for (std::size_t size = 1; size < hello.size(); ++size) payloads.push_back(hello.substr(0, size));
  for (const auto& payload : payloads) {
    const auto whole = decompressed(payload);
    EXPECT_EQ(whole.result, inflate_result::corrupt) << testing::PrintToString(payload);
    EXPECT_EQ(decompressed_bytewise(payload), whole) << testing::PrintToString(payload);

    inflater decompressor;
    decompressed(decompressor, payload);
    decompressor.reset();
    EXPECT_EQ(decompressed(decompressor, hello), done("Hello"));
  }
}

TEST(Inflater, FindsEveryTruncation) {
  deflater compressor(15, 8, 6);
  std::string message;
  for (int i = 0; i < 300; ++i) message += std::to_string(i * i) + ", ";
  const auto payload = compressed(compressor, message);
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_EQ(decompressed(payload.substr(0, size)).result, inflate_result::corrupt) << size;
  }
}

TEST(Inflater, ForgetsAtAReset) {
  inflater decompressor;
  EXPECT_EQ(decompressed(decompressor, bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00})),
            done("Hello"));
  decompressor.reset();
  EXPECT_EQ(decompressed(decompressor, bytes({0xF2, 0x00, 0x11, 0x00, 0x00})).result,
            inflate_result::corrupt);
}

TEST(Inflater, StopsAtTheLimit) {
  deflater compressor(15, 8, 6);
  const std::string message(10'000'000, 'x');
  const auto bomb = compressed(compressor, message);
  EXPECT_LT(bomb.size(), 20'000U);
  for (const std::size_t limit : {0U, 1U, 1000U, 16'383U, 16'384U, 16'385U, 9'999'999U}) {
    const inflated expected{inflate_result::too_big, message.substr(0, limit)};
    EXPECT_EQ(decompressed(bomb, limit), expected) << limit;
    EXPECT_EQ(decompressed_bytewise(bomb, limit), expected) << limit;
  }
  EXPECT_EQ(decompressed(bomb, message.size()), done(message));
  EXPECT_EQ(decompressed_bytewise(bomb, message.size()), done(message));
  EXPECT_EQ(decompressed(bytes({0x00}), 0), done(""));
}

TEST(Inflater, CountsTheBytesAlreadyInTheOutput) {
  const auto hello = bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});
  inflater decompressor;
  std::string output = "12345";
  EXPECT_EQ(decompressor.decompress(hello, true, 10, output), inflate_result::done);
  EXPECT_EQ(output, "12345Hello");
  EXPECT_EQ(decompressor.decompress(hello, true, 9, output), inflate_result::too_big);
  EXPECT_EQ(output, "12345Hello");
}

TEST(Inflater, TakesLittleMemoryForAShortMessage) {
  std::string output;
  inflater decompressor;
  decompressor.decompress(bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}), true, no_limit,
                          output);
  EXPECT_LE(output.capacity(), 64U);
}

// Takes minutes if a block's cost grows with the number of blocks, or includes copying the window.
TEST(Inflater, ReadsManyEmptyBlocks) {
  constexpr std::size_t times = 3'000'000;
  inflater decompressor;
  EXPECT_EQ(decompressed(decompressor, bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00})),
            done("Hello"));
  EXPECT_EQ(decompressed(decompressor, repeated(bytes({0x03, 0x00}), times)), done(""));
  EXPECT_EQ(decompressed(decompressor,
                         repeated(bytes({0x00, 0x00, 0x00, 0xFF, 0xFF}), times) + bytes({0x00})),
            done(""));
  EXPECT_EQ(decompressed(decompressor, bytes({0xF2, 0x00, 0x11, 0x00, 0x00})), done("Hello"));
}

TEST(Inflater, RefusesWindowsOutOfRange) {
  EXPECT_THROW(inflater(7), std::invalid_argument);
  EXPECT_THROW(inflater(16), std::invalid_argument);
  EXPECT_NO_THROW(inflater(8));
}

TEST(Inflater, MayBeMoved) {
  inflater decompressor;
  EXPECT_EQ(decompressed(decompressor, bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00})),
            done("Hello"));
  inflater moved;
  moved = std::move(decompressor);
  EXPECT_EQ(decompressed(moved, bytes({0xF2, 0x00, 0x11, 0x00, 0x00})), done("Hello"));
}

}  // namespace
