#include <socketio/protocol/msgpack_codec.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/protocol/json_writer.hpp>

#include "hex.hpp"

namespace {

using socketio::encoded_arguments;
using socketio::json;
using socketio::packet_decoder;
using socketio::packet_header;
using socketio::packet_scratch;
using socketio::packet_type;
using socketio::shared_bytes;

json binary(std::string_view bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

std::string encode(packet_type type, std::string_view nsp, std::optional<std::uint64_t> id,
                   const encoded_arguments& values) {
  packet_header header;
  header.type = type;
  header.attachments = values.attachments.size();
  header.nsp = nsp;
  header.id = id;
  std::string message;
  EXPECT_EQ(socketio::msgpack_codec()->encode(header, values, message),
            socketio::packet_form::whole_binary);
  return message;
}

const std::string event_head = "83a47479706502a36e7370a12fa464617461";

// The digits of the bytes that the data of an event becomes.
std::string data_of(std::string text, std::vector<shared_bytes> attachments = {}) {
  const auto digits =
      to_hex(encode(packet_type::event, "/", {}, {std::move(text), std::move(attachments)}));
  EXPECT_TRUE(digits.starts_with(event_head)) << digits;
  return digits.substr(event_head.size());
}

std::string data_of_value(const json& value) {
  encoded_arguments values;
  socketio::append_json(values.json, value, values.attachments);
  return data_of(std::move(values.json), std::move(values.attachments));
}

// --- Packets

TEST(MsgpackEncoding, WritesEachType) {
  const std::string nsp = "a36e7370a12f";
  EXPECT_EQ(to_hex(encode(packet_type::connect, "/", {}, {R"({"sid":"x"})", {}})),
            "83a47479706500" + nsp + "a46461746181a3736964a178");
  EXPECT_EQ(to_hex(encode(packet_type::disconnect, "/a", {}, {})), "82a47479706501a36e7370a22f61");
  EXPECT_EQ(to_hex(encode(packet_type::event, "/", 7, {R"(["e"])", {}})),
            "84a47479706502" + nsp + "a2696407a46461746191a165");
  EXPECT_EQ(to_hex(encode(packet_type::ack, "/", 300, {"[]", {}})),
            "84a47479706503" + nsp + "a26964cd012ca46461746190");
  EXPECT_EQ(to_hex(encode(packet_type::connect_error, "/", {}, {R"({"message":"m"})", {}})),
            "83a47479706504" + nsp + "a46461746181a76d657373616765a16d");
}

// The application's raw_json is not checked: the client disconnects on the data null.
TEST(MsgpackEncoding, SendsNoDataForWhatIsNoJson) {
  for (const auto* text :
       {"[",       "[1",     "[1,",     "[1,]",     "[1 2]",     "[1]]",        "[1]x",
        "{",       "{1:2}",  R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":1,)",  R"({"a" 1})",
        "[tru]",   "[fals]", "[nul]",   "[x]",      "[-]",       "[1-2]",       "[1e]",
        "[+]",     R"(["a)", R"(["a\)", R"(["a\")", R"(["\x"])", R"(["\u12"])", R"(["\u12G4"])",
        R"(["\u)", "]",      " "}) {
    EXPECT_EQ(data_of(std::string(text)), "c0") << text;
  }
}

// --- Values

TEST(MsgpackEncoding, WritesIntegersInTheShortestForm) {
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"0", "00"},
      {"-0", "00"},
      {"127", "7f"},
      {"128", "cc80"},
      {"255", "ccff"},
      {"256", "cd0100"},
      {"65535", "cdffff"},
      {"65536", "ce00010000"},
      {"4294967295", "ceffffffff"},
      {"4294967296", "cf0000000100000000"},
      {"9223372036854775808", "cf8000000000000000"},
      {"18446744073709551615", "cfffffffffffffffff"},
      {"-1", "ff"},
      {"-32", "e0"},
      {"-33", "d0df"},
      {"-128", "d080"},
      {"-129", "d1ff7f"},
      {"-32768", "d18000"},
      {"-32769", "d2ffff7fff"},
      {"-2147483648", "d280000000"},
      {"-2147483649", "d3ffffffff7fffffff"},
      {"-9223372036854775808", "d38000000000000000"}};
  for (const auto& [text, digits] : numbers) {
    EXPECT_EQ(data_of("[" + text + "]"), "91" + digits) << text;
  }
}

// As notepack.io does, a whole number is an integer, however it is given.
TEST(MsgpackEncoding, WritesFloatingNumbers) {
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"1.5", "cb3ff8000000000000"},
      {"-1.5", "cbbff8000000000000"},
      {"0.1", "cb3fb999999999999a"},
      {"1.0", "01"},
      {"-0.0", "00"},
      {"2.5e1", "19"},
      {"1E3", "cd03e8"},
      {"-12e-1", "cbbff3333333333333"},
      {"1e19", "cf8ac7230489e80000"},
      {"18446744073709551616", "cb43f0000000000000"},
      {"-9223372036854775809", "d38000000000000000"},
      {"-1e19", "cbc3e158e460913d00"},
      {"1e300", "cb7e37e43c8800759c"},
      {"5e-324", "cb0000000000000001"},
      {"1e-400", "00"},
      {"1e400", "cb7ff0000000000000"},  // as JSON.parse() reads it
      {"-1e400", "cbfff0000000000000"}};
  for (const auto& [text, digits] : numbers) {
    EXPECT_EQ(data_of("[" + text + "]"), "91" + digits) << text;
  }
}

TEST(MsgpackEncoding, WritesStrings) {
  EXPECT_EQ(data_of(R"([""])"), "91a0");
  EXPECT_EQ(data_of(R"(["abc"])"), "91a3616263");
  const auto text = [](std::size_t size) { return std::string(size, 'x'); };
  const std::vector<std::pair<std::size_t, std::string>> sizes = {
      {31, "bf"},      {32, "d920"},       {255, "d9ff"},
      {256, "da0100"}, {65'535, "daffff"}, {65'536, "db00010000"}};
  for (const auto& [size, head] : sizes) {
    EXPECT_EQ(data_of("[\"" + text(size) + "\"]"), "91" + head + to_hex(text(size))) << size;
  }
  // The size is that of the text without its escapes, in bytes.
  EXPECT_EQ(data_of(R"(["\"\\\/\b\f\n\r\t","é"])"), "92a8225c2f080c0a0d09a2c3a9");
  EXPECT_EQ(data_of(R"(["a\u0000\u0041\u00e9\u20AC\ud83d\ude00z"])"),
            "91ad"
            "61"
            "00"
            "41"
            "c3a9"
            "e282ac"
            "f09f9880"
            "7a");
  EXPECT_EQ(data_of("[\"" + text(31) + "\\n\"]"), "91d920" + to_hex(text(31)) + "0a");
}

TEST(MsgpackEncoding, ReplacesEscapedLoneSurrogates) {
  const std::string replacement = "efbfbd";
  EXPECT_EQ(data_of(R"(["\ud800"])"), "91a3" + replacement);
  EXPECT_EQ(data_of(R"(["\udc00\ud800"])"), "91a6" + replacement + replacement);
  EXPECT_EQ(data_of(R"(["\ud800\u0041"])"), "91a4" + replacement + "41");
  EXPECT_EQ(data_of(R"(["\ud800\ud83d\ude00"])"), "91a7" + replacement + "f09f9880");
  EXPECT_EQ(data_of(R"(["\ud800\n"])"), "91a4" + replacement + "0a");
}

TEST(MsgpackEncoding, WritesLiteralsArraysAndMaps) {
  EXPECT_EQ(data_of("[null,true,false]"), "93c0c3c2");
  EXPECT_EQ(data_of(R"([{"a":[],"b":{}},[[]]])"), "9282a16190a162809190");
  EXPECT_EQ(data_of(" [ 1 , { \"a\" :\t2\r\n} , [ ] , { } ] "), "940181a161029080");
  EXPECT_EQ(data_of(R"([{"a\n":1,"a\n":2}])"), "9182a2610a01a2610a02");
}

TEST(MsgpackEncoding, WritesTheSizesOfLargeArraysAndMaps) {
  const std::vector<std::pair<std::size_t, std::string>> sizes = {
      {15, "f"}, {16, "0010"}, {65'535, "ffff"}, {65'536, "00010000"}};
  for (const auto& [size, digits] : sizes) {
    std::string list = "[";
    std::string object = "{";
    std::string list_digits;
    std::string object_digits;
    for (std::size_t i = 0; i < size; ++i) {
      list += i == 0 ? "1" : ",1";
      object += i == 0 ? R"("k":1)" : R"(,"k":1)";
      list_digits += "01";
      object_digits += "a16b01";
    }
    const auto head = [size_digits = digits](const char* fixed, const char* form_16,
                                             const char* form_32) {
      const auto length = size_digits.size();
      return (length == 1 ? fixed : length == 4 ? form_16 : form_32) + size_digits;
    };
    EXPECT_EQ(data_of(list + "]"), head("9", "dc", "dd") + list_digits) << size;
    EXPECT_EQ(data_of("[" + object + "}]"), "91" + head("8", "de", "df") + object_digits) << size;
  }
}

TEST(MsgpackEncoding, WritesNestedLargeArrays) {
  const std::string inner = "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]";
  std::string digits = "dc0010";
  std::string text = "[" + inner;
  for (int i = 0; i < 15; ++i) text += ",1";
  const auto zeros = std::string(32, '0');
  EXPECT_EQ(data_of(text + "]"), digits + "dc0010" + zeros + "010101010101010101010101010101");
}

TEST(MsgpackEncoding, LimitsTheDepthOfRawJson) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  std::string digits;
  for (int i = 0; i < 255; ++i) digits += "91";
  EXPECT_EQ(data_of(nested(256)), digits + "90");
  EXPECT_EQ(data_of(nested(257)), "c0");
  EXPECT_EQ(data_of(nested(1'000'000)), "c0");
}

// --- Bytes

TEST(MsgpackEncoding, PutsBytesInThePlaceOfPlaceholders) {
  EXPECT_EQ(
      data_of_value(json::array({"e", binary("ab"), json{{"in", json::array({binary("c")})}}})),
      "93a165c402616281a2696e91c40163");
  EXPECT_EQ(data_of_value(json::array({binary("")})), "91c400");
  const std::vector<std::pair<std::size_t, std::string>> sizes = {
      {255, "c4ff"}, {256, "c50100"}, {65'535, "c5ffff"}, {65'536, "c600010000"}};
  for (const auto& [size, head] : sizes) {
    const std::string bytes(size, 'x');
    EXPECT_EQ(data_of_value(json::array({binary(bytes)})), "91" + head + to_hex(bytes)) << size;
  }
  std::string repeated = R"([{"_placeholder":true,"num":1},{"_placeholder":true,"num":1}])";
  EXPECT_EQ(data_of(repeated, {shared_bytes(std::string("a")), shared_bytes(std::string("b"))}),
            "92c40162c40162");
}

TEST(MsgpackEncoding, KeepsObjectsThatAreNoPlaceholders) {
  const std::string object = "82ac5f706c616365686f6c646572c3a36e756d";
  EXPECT_EQ(data_of(R"([{"_placeholder":true,"num":0}])"), "91" + object + "00");
  const std::vector<shared_bytes> one = {shared_bytes(std::string("a"))};
  for (const auto& [index, digits] : {std::pair("1", "01"), std::pair("-1", "ff"),
                                      std::pair("0.0", "00"), std::pair("null", "c0")}) {
    EXPECT_EQ(data_of(R"([{"_placeholder":true,"num":)" + std::string(index) + "}]", one),
              "91" + object + digits)
        << index;
  }
  EXPECT_EQ(data_of(R"([{"_placeholder":true,"num":)", one), "c0");
  EXPECT_EQ(data_of(R"([{"_placeholder":true,"num":0)", one), "c0");
}

// --- Both ways

TEST(MsgpackEncoding, IsReadAgain) {
  const auto values =
      json::array({"event", nullptr, true, -1, 1.5, "text \xF0\x9F\x98\x80 \"\n", binary("bytes"),
                   json{{"list", json::array({1, json{{"deep", binary("more")}}})},
                        {"empty", json::object()}}});
  encoded_arguments encoded;
  socketio::append_json(encoded.json, values, encoded.attachments);
  auto message = encode(packet_type::event, "/admin", 12, encoded);
  const auto codec = socketio::msgpack_codec();
  packet_decoder decoder(*codec);
  packet_scratch scratch;
  ASSERT_EQ(decoder.binary(std::move(message), scratch), socketio::decode_result::packet);
  const auto& packet = scratch.packet();
  EXPECT_EQ(packet.header.nsp, "/admin");
  EXPECT_EQ(packet.header.id, 12U);
  EXPECT_EQ(packet.json, encoded.json);
  auto read = json::array();
  for (const auto& value : packet.values) read.push_back(value.to_json());
  EXPECT_EQ(read, values);
}

}  // namespace
