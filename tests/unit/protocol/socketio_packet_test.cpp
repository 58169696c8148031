#include <socketio/protocol/packet_codec.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::decode_result;
using socketio::decoded_packet;
using socketio::decoder_options;
using socketio::json;
using socketio::json_type;
using socketio::packet_decoder;
using socketio::packet_header;
using socketio::packet_scratch;
using socketio::packet_type;

json binary(std::string_view bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

json placeholder(int index) {
  return json{{"_placeholder", true}, {"num", index}};
}

class PacketDecoder : public ::testing::Test {
 protected:
  decode_result text(std::string_view message) { return decoder_.text(message, scratch_); }
  decode_result bytes(std::string message) { return decoder_.binary(std::move(message), scratch_); }
  [[nodiscard]] const decoded_packet& packet() const { return scratch_.packet(); }

  // The values of the packet as one array.
  [[nodiscard]] json values() const {
    json all = json::array();
    for (const auto& value : packet().values) all.push_back(value.to_json());
    return all;
  }

  // Decodes with a new decoder, so that one packet cannot influence the next.
  [[nodiscard]] decode_result verdict(std::string_view message) {
    decoder_ = packet_decoder();
    const auto result = text(message);
    EXPECT_EQ(result == decode_result::error, !scratch_.error().empty()) << message;
    return result;
  }

  void accept(std::string_view message, packet_type type, std::string_view nsp,
              std::optional<std::uint64_t> id, const json& expected) {
    ASSERT_EQ(verdict(message), decode_result::packet) << message << ": " << scratch_.error();
    EXPECT_EQ(packet().header.type, type) << message;
    EXPECT_EQ(packet().header.nsp, nsp) << message;
    EXPECT_EQ(packet().header.id, id) << message;
    EXPECT_EQ(values(), expected) << message;
  }

  void refuse(std::string_view message) {
    EXPECT_EQ(verdict(message), decode_result::error) << ::testing::PrintToString(message);
  }

  void decide(std::size_t max_attachments, std::size_t max_bytes) {
    decoder_options options;
    options.max_attachments = max_attachments;
    options.max_attachment_bytes = max_bytes;
    scratch_ = packet_scratch(options);
    decoder_ = packet_decoder();
  }

  packet_scratch scratch_;
  packet_decoder decoder_;
};

// --- Types

TEST_F(PacketDecoder, RefusesUnknownTypes) {
  for (const auto message :
       {""sv, "7"sv, "8[\"a\"]"sv, "9"sv, "a"sv, "/"sv, ":"sv, " "sv, " 2[\"a\"]"sv, "-1"sv, "\0"sv,
        "\xFF"sv, "[\"a\"]"sv, "99999999999999999999"sv}) {
    refuse(message);
  }
}

// --- CONNECT

TEST_F(PacketDecoder, TakesConnect) {
  accept("0", packet_type::connect, "/", {}, json::array());
  accept("0/admin,", packet_type::connect, "/admin", {}, json::array());
  accept("0/admin", packet_type::connect, "/admin", {}, json::array());
  accept("0/,", packet_type::connect, "/", {}, json::array());
  accept("0{}", packet_type::connect, "/", {}, json::array({json::object()}));
  accept(R"(0{"token":"123"})", packet_type::connect, "/", {},
         json::array({json{{"token", "123"}}}));
  accept(R"(0/admin,{"token":"123"})", packet_type::connect, "/admin", {},
         json::array({json{{"token", "123"}}}));
  accept("0/a?x=1,", packet_type::connect, "/a?x=1", {}, json::array());
}

TEST_F(PacketDecoder, RefusesConnectPayloadsThatAreNoObjects) {
  for (const auto* message : {R"(0["x"])", R"(0"x")", "0null", "0true", "0[]", "0{", "0{}x",
                              "0{}{}", R"(0/admin,["x"])", "0/admin,null"}) {
    refuse(message);
  }
}

// --- DISCONNECT

TEST_F(PacketDecoder, TakesDisconnect) {
  accept("1", packet_type::disconnect, "/", {}, json::array());
  accept("1/custom", packet_type::disconnect, "/custom", {}, json::array());
  accept("1/custom,", packet_type::disconnect, "/custom", {}, json::array());
}

TEST_F(PacketDecoder, RefusesDisconnectWithAPayload) {
  for (const auto* message : {"1{}", "1[]", "1null", "1/custom,{}", "1x"}) refuse(message);
}

// --- EVENT

TEST_F(PacketDecoder, TakesEvents) {
  accept(R"(2["hello",1])", packet_type::event, "/", {}, json::array({"hello", 1}));
  EXPECT_EQ(packet().event_name, "hello");
  accept(R"(2/admin,456["project:delete",123])", packet_type::event, "/admin", 456,
         json::array({"project:delete", 123}));
  EXPECT_EQ(packet().event_name, "project:delete");
  accept(R"(2["hello"])", packet_type::event, "/", {}, json::array({"hello"}));
  accept(R"(2[""])", packet_type::event, "/", {}, json::array({""}));
  EXPECT_EQ(packet().event_name, "");
  accept(R"(2/,["a"])", packet_type::event, "/", {}, json::array({"a"}));
  accept(R"(2["a\u0000\n"])", packet_type::event, "/", {}, json::array({"a\0\n"s}));
  EXPECT_EQ(packet().event_name, "a\0\n"sv);
}

TEST_F(PacketDecoder, GivesNumericNamesAsTheirDigits) {
  accept(R"(2[1,"z"])", packet_type::event, "/", {}, json::array({1, "z"}));
  EXPECT_EQ(packet().event_name, "1");
  const std::vector<std::pair<std::string_view, std::string_view>> names = {
      {"2[1.0]", "1"},
      {"2[-0]", "0"},
      {"2[1.5]", "1.5"},
      {"2[1e21]", "1e+21"},
      {"2[-12]", "-12"},
      {"2[9007199254740993]", "9007199254740992"},
      {"2[1e-7]", "1e-7"},
      {"2[0.10]", "0.1"},
      {"2[18446744073709551616]", "18446744073709552000"}};
  for (const auto& [message, name] : names) {
    ASSERT_EQ(verdict(message), decode_result::packet) << message;
    EXPECT_EQ(packet().event_name, name) << message;
  }
}

TEST_F(PacketDecoder, RefusesEventsWithoutAName) {
  for (const auto* message : {"2", "2/admin,", "2/admin", "212", "2[]", "2{}", "2[null]", "2[true]",
                              "2[false]", "2[[]]", "2[{}]", R"(2[["a"]])", R"(2[{"toString":1}])",
                              "2[1e400]", R"(2"a")", "2null", "2true", R"(2{"0":"a"})"}) {
    refuse(message);
  }
}

TEST_F(PacketDecoder, RefusesReservedNames) {
  for (const auto* name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener",
                           "removeListener", "conn\\u0065ct"}) {
    refuse("2[\"" + std::string(name) + "\"]");
    refuse("2/admin,1[\"" + std::string(name) + "\",1]");
  }
  for (const auto* name : {"error", "connection", "message", "Connect", "connect ", "__proto__"}) {
    EXPECT_EQ(verdict("2[\"" + std::string(name) + "\"]"), decode_result::packet) << name;
  }
}

TEST_F(PacketDecoder, RefusesBadJson) {
  for (const auto message : {R"(2["a")"sv, R"(2["a"]x)"sv, R"(2["a"][1])"sv, R"(2["a",])"sv,
                             R"(2['a'])"sv, "2[a]"sv, R"(2["a"],)"sv, "2[\"\xFF\"]"sv,
                             "2[\"a\0\"]"sv, "2[\"a\"]\0"sv, "2\xEF\xBB\xBF[\"a\"]"sv}) {
    refuse(message);
  }
}

TEST_F(PacketDecoder, LimitsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return "2[\"a\"," + std::string(depth, '[') + std::string(depth, ']') + "]";
  };
  EXPECT_EQ(verdict(nested(127)), decode_result::packet);
  refuse(nested(128));
  refuse("2[\"a\"," + std::string(999'000, '['));
}

TEST_F(PacketDecoder, TakesAPlaceholderInATextPacketForAnObject) {
  accept(R"(2["a",{"_placeholder":true,"num":0}])", packet_type::event, "/", {},
         json::array({"a", placeholder(0)}));
}

// --- Namespaces

TEST_F(PacketDecoder, EndsTheNamespaceAtTheComma) {
  accept(R"(2/a/b,1["x,y"])", packet_type::event, "/a/b", 1, json::array({"x,y"}));
  // Without a comma all of it is the name, so that the payload is missing.
  refuse(R"(2/admin["x"])");
  accept(R"(0/admin["x"])", packet_type::connect, R"(/admin["x"])", {}, json::array());
}

TEST_F(PacketDecoder, RefusesNamespacesWithoutASlash) {
  refuse(R"(2admin,["x"])");
  refuse("0admin,");
}

// --- Ids

TEST_F(PacketDecoder, TakesIds) {
  accept(R"(212["a"])", packet_type::event, "/", 12, json::array({"a"}));
  accept(R"(20["a"])", packet_type::event, "/", 0, json::array({"a"}));
  accept(R"(2007["a"])", packet_type::event, "/", 7, json::array({"a"}));
  accept("2" + std::string(1000, '0') + R"(1["a"])", packet_type::event, "/", 1,
         json::array({"a"}));
  accept(R"(29007199254740991["a"])", packet_type::event, "/", socketio::max_ack_id,
         json::array({"a"}));
}

TEST_F(PacketDecoder, RefusesIdsThatAreNotExactInJavaScript) {
  for (const auto* id : {"9007199254740992", "18446744073709551615", "18446744073709551616",
                         "100000000000000000000000"}) {
    refuse("2" + std::string(id) + R"(["a"])");
    refuse("3" + std::string(id) + "[]");
  }
  refuse("2" + std::string(999'998, '2'));
  refuse("2" + std::string(999'998, '2') + R"(["a"])");
  refuse("0/" + std::string(999'998, '2') + ",9007199254740992");
}

TEST_F(PacketDecoder, TakesNothingButDigitsForAnId) {
  for (const auto* message : {R"(2-1["a"])", R"(21.5["a"])", R"(2+1["a"])", R"(21e3["a"])",
                              R"(20x1["a"])", R"(2١["a"])", R"(21_0["a"])"}) {
    refuse(message);
  }
}

TEST_F(PacketDecoder, TakesWhiteSpaceAroundThePayload) {
  accept(R"(2 ["a"])", packet_type::event, "/", {}, json::array({"a"}));
  accept(R"(21 ["a"])", packet_type::event, "/", 1, json::array({"a"}));
  accept("2\r\n\t [\"a\"]", packet_type::event, "/", {}, json::array({"a"}));
  accept(R"(2/a, ["a"])", packet_type::event, "/a", {}, json::array({"a"}));
  accept(R"(2["a"] )", packet_type::event, "/", {}, json::array({"a"}));
  accept("31 []", packet_type::ack, "/", 1, json::array());
  accept("0 {}", packet_type::connect, "/", {}, json::array({json::object()}));
  accept("0\n", packet_type::connect, "/", {}, json::array());
  accept("0/a, {}", packet_type::connect, "/a", {}, json::array({json::object()}));
  accept("1/a, ", packet_type::disconnect, "/a", {}, json::array());
  // The text of the values begins with them, whatever stands before.
  EXPECT_EQ(verdict("2 [\"a\",1]"), decode_result::packet);
  EXPECT_EQ(packet().json, "[\"a\",1]");
}

TEST_F(PacketDecoder, RefusesWhiteSpaceElsewhere) {
  for (const auto* message : {R"(2 1["a"])", "2 ", "2\f[\"a\"]", " 0", "0 /a,", "5 1-[]"}) {
    refuse(message);
  }
}

// --- ACK

TEST_F(PacketDecoder, TakesAcknowledgements) {
  accept("3/admin,456[]", packet_type::ack, "/admin", 456, json::array());
  accept(R"(313["bar"])", packet_type::ack, "/", 13, json::array({"bar"}));
  accept("30[null]", packet_type::ack, "/", 0, json::array({nullptr}));
  accept("31[1,[2],{\"a\":3}]", packet_type::ack, "/", 1,
         json::array({1, json::array({2}), json{{"a", 3}}}));
}

TEST_F(PacketDecoder, TakesAcknowledgementsWithoutIdOrPayload) {
  accept("3[1]", packet_type::ack, "/", {}, json::array({1}));
  accept("312", packet_type::ack, "/", 12, json::array());
  accept("3", packet_type::ack, "/", {}, json::array());
}

TEST_F(PacketDecoder, AllowsReservedNamesInAcknowledgements) {
  accept(R"(31["connect"])", packet_type::ack, "/", 1, json::array({"connect"}));
}

TEST_F(PacketDecoder, RefusesAcknowledgementsThatAreNoArrays) {
  for (const auto* message : {"312{}", "312null", R"(312"a")", "312[", "312[]x", "3{}"}) {
    refuse(message);
  }
}

// --- CONNECT_ERROR

TEST_F(PacketDecoder, RefusesConnectErrors) {
  for (const auto* message :
       {"4", "4{}", R"(4{"message":"Not authorized"})", R"(4/admin,{"message":"x"})", R"(4"x")"}) {
    refuse(message);
  }
}

// --- Attachments

TEST_F(PacketDecoder, CollectsTheAttachmentsOfAnEvent) {
  ASSERT_EQ(text(R"(51-["hello",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  ASSERT_EQ(bytes("\x01\x02\x03"), decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::event);
  EXPECT_EQ(packet().header.nsp, "/");
  EXPECT_EQ(packet().header.id, std::nullopt);
  EXPECT_EQ(packet().event_name, "hello");
  EXPECT_EQ(values(), json::array({"hello", binary("\x01\x02\x03")}));
}

TEST_F(PacketDecoder, HandsOutAnAttachmentWithoutACopy) {
  std::string attachment(100'000, 'x');
  const void* const place = attachment.data();
  ASSERT_EQ(text(R"(51-["image",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  ASSERT_EQ(bytes(std::move(attachment)), decode_result::packet);
  EXPECT_EQ(packet().values.at(1).binary()->data(), place);
}

TEST_F(PacketDecoder, CollectsTheAttachmentsOfAnAcknowledgement) {
  ASSERT_EQ(
      text(R"(62-/admin,456[{"_placeholder":true,"num":1},{"a":{"_placeholder":true,"num":0}}])"),
      decode_result::need_more);
  ASSERT_EQ(bytes("first"), decode_result::need_more);
  ASSERT_EQ(bytes(""), decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::ack);
  EXPECT_EQ(packet().header.nsp, "/admin");
  EXPECT_EQ(packet().header.id, 456U);
  EXPECT_EQ(values(), json::array({binary(""), json{{"a", binary("first")}}}));
}

TEST_F(PacketDecoder, KeepsWhatItNeedsOfTheMessage) {
  {
    const auto message = std::make_unique<std::string>(
        R"(51-/a namespace of some length,7["an event of some length",)"
        R"({"_placeholder":true,"num":0}])");
    ASSERT_EQ(text(*message), decode_result::need_more);
    const auto attachment = std::make_unique<std::string>(100, 'x');
    ASSERT_EQ(bytes(*attachment), decode_result::packet);
  }
  EXPECT_EQ(packet().header.nsp, "/a namespace of some length");
  EXPECT_EQ(packet().header.id, 7U);
  EXPECT_EQ(packet().event_name, "an event of some length");
  EXPECT_EQ(values()[1], binary(std::string(100, 'x')));
}

TEST_F(PacketDecoder, SharesTheScratchBetweenDecoders) {
  packet_decoder other;
  ASSERT_EQ(text(R"(51-["one",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  ASSERT_EQ(other.text(R"(51-["two",{"_placeholder":true,"num":0}])", scratch_),
            decode_result::need_more);
  ASSERT_EQ(other.binary("2", scratch_), decode_result::packet);
  EXPECT_EQ(values(), json::array({"two", binary("2")}));
  ASSERT_EQ(other.text(R"(2["three"])", scratch_), decode_result::packet);
  EXPECT_EQ(values(), json::array({"three"}));
  ASSERT_EQ(bytes("1"), decode_result::packet);
  EXPECT_EQ(values(), json::array({"one", binary("1")}));
}

TEST_F(PacketDecoder, TakesPacketsOneAfterTheOther) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(text(R"(2["a",1])"), decode_result::packet);
    EXPECT_EQ(values(), json::array({"a", 1}));
    ASSERT_EQ(text(R"(51-["b",{"_placeholder":true,"num":0}])"), decode_result::need_more);
    ASSERT_EQ(bytes("x"), decode_result::packet);
    EXPECT_EQ(values(), json::array({"b", binary("x")}));
    ASSERT_EQ(text("0"), decode_result::packet);
    EXPECT_TRUE(packet().values.empty());
    EXPECT_EQ(packet().event_name, "");
  }
}

TEST_F(PacketDecoder, RefusesIllegalNumbersOfAttachments) {
  for (const auto* count : {"0-", "00-", "-1-", "+1-", "1.5-", "1e0-", "0x2-", " 2-", "2 -", "a-",
                            "-", "", "1", "18446744073709551616-", "99999999999-", "11-", "1,-"}) {
    refuse("5" + std::string(count) + R"(["a",{"_placeholder":true,"num":0}])");
    refuse("6" + std::string(count) + R"(1[{"_placeholder":true,"num":0}])");
  }
  refuse("5");
  refuse("6");
  refuse("5" + std::string(999'990, '9') + "-");
}

TEST_F(PacketDecoder, IsNotStuckAfterZeroAttachments) {
  EXPECT_EQ(text(R"(50-["message","zero"])"), decode_result::error);
  EXPECT_EQ(text(R"(2["message",2])"), decode_result::packet);
  EXPECT_EQ(bytes("x"), decode_result::error);
}

TEST_F(PacketDecoder, TakesAsManyAttachmentsAsItMay) {
  EXPECT_EQ(verdict(R"(510-["a"])"), decode_result::need_more);
  refuse(R"(511-["a"])");
  EXPECT_EQ(verdict(R"(501-["a"])"), decode_result::need_more);
  decide(11, 100);
  EXPECT_EQ(text(R"(511-["a"])"), decode_result::need_more);
  decide(0, 100);
  EXPECT_EQ(text(R"(51-["a"])"), decode_result::error);
}

TEST_F(PacketDecoder, IgnoresUnusedAttachments) {
  ASSERT_EQ(text(R"(52-["a",{"_placeholder":true,"num":1}])"), decode_result::need_more);
  ASSERT_EQ(bytes("x"), decode_result::need_more);
  ASSERT_EQ(bytes("y"), decode_result::packet);
  EXPECT_EQ(values(), json::array({"a", binary("y")}));
}

TEST_F(PacketDecoder, RefusesATextWhileAttachmentsArePending) {
  ASSERT_EQ(text(R"(51-["a",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  EXPECT_EQ(text(R"(2["b"])"), decode_result::error);
  EXPECT_FALSE(scratch_.error().empty());
  EXPECT_EQ(bytes("x"), decode_result::error);
}

TEST_F(PacketDecoder, RefusesABinaryMessageWithoutAPacket) {
  EXPECT_EQ(bytes("x"), decode_result::error);
  ASSERT_EQ(text(R"(2["a"])"), decode_result::packet);
  EXPECT_EQ(bytes("x"), decode_result::error);
  ASSERT_EQ(text(R"(51-["a"])"), decode_result::need_more);
  ASSERT_EQ(bytes("x"), decode_result::packet);
  EXPECT_EQ(bytes("y"), decode_result::error);
}

TEST_F(PacketDecoder, RefusesIllegalPlaceholders) {
  for (const auto* index : {"1", "-1", "0.5", "\"0\"", "null", "true", "{}", "1e400", "\"splice\"",
                            "4294967296", "18446744073709551616"}) {
    decoder_ = packet_decoder();
    ASSERT_EQ(text(R"(51-["a",{"_placeholder":true,"num":)" + std::string(index) + "}]"),
              decode_result::need_more);
    EXPECT_EQ(bytes("x"), decode_result::error) << index;
  }
  decoder_ = packet_decoder();
  ASSERT_EQ(text(R"(51-["a",{"_placeholder":true}])"), decode_result::need_more);
  EXPECT_EQ(bytes("x"), decode_result::error);
}

TEST_F(PacketDecoder, LimitsTheBytesOfAllAttachments) {
  const auto* message = R"(52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  decide(10, 10);
  ASSERT_EQ(text(message), decode_result::need_more);
  ASSERT_EQ(bytes("123456"), decode_result::need_more);
  EXPECT_EQ(bytes("7890"), decode_result::packet);
  decide(10, 10);
  ASSERT_EQ(text(message), decode_result::need_more);
  ASSERT_EQ(bytes("123456"), decode_result::need_more);
  EXPECT_EQ(bytes("78901"), decode_result::error);
  decide(10, 10);
  ASSERT_EQ(text(message), decode_result::need_more);
  EXPECT_EQ(bytes("12345678901"), decode_result::error);
}

TEST_F(PacketDecoder, LimitsTheBytesWithRepetition) {
  const auto* message = R"(51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])";
  decide(10, 10);
  ASSERT_EQ(text(message), decode_result::need_more);
  ASSERT_EQ(bytes("12345"), decode_result::packet);
  EXPECT_EQ(values(), json::array({"a", binary("12345"), binary("12345")}));
  ASSERT_EQ(text(message), decode_result::need_more);
  EXPECT_EQ(bytes("123456"), decode_result::error);
}

// Sent on, each placeholder becomes an attachment: clients refuse a packet with more than ten.
TEST_F(PacketDecoder, TakesNoMorePlaceholdersThanAttachments) {
  const std::string placeholder = R"({"_placeholder":true,"num":0})";
  std::string ten = R"(51-["a")";
  for (int i = 0; i < 10; ++i) ten += "," + placeholder;
  ASSERT_EQ(text(ten + "]"), decode_result::need_more);
  ASSERT_EQ(bytes("x"), decode_result::packet);
  EXPECT_EQ(packet().values.size(), 11U);
  ASSERT_EQ(text(ten + ",[" + placeholder + "]]"), decode_result::need_more);
  EXPECT_EQ(bytes("x"), decode_result::error);
  EXPECT_EQ(scratch_.error(), "illegal attachments");

  decide(11, 100);
  ASSERT_EQ(text(ten + ",[" + placeholder + "]]"), decode_result::need_more);
  EXPECT_EQ(bytes("x"), decode_result::packet);
  decide(1, 100);
  ASSERT_EQ(text("61-7[" + placeholder + "," + placeholder + "]"), decode_result::need_more);
  EXPECT_EQ(bytes("x"), decode_result::error) << "in an acknowledgement";
}

TEST_F(PacketDecoder, RefusesTheOtherFaultsAfterTheLastAttachment) {
  for (const auto* message :
       {"51-", "51-/a,", R"(51-["connect",{"_placeholder":true,"num":0}])",
        R"(51-[{"_placeholder":true,"num":0}])", "51-[]", "51-{}", R"(51-["a")", R"(51-["a"]x)",
        R"(61-1{"_placeholder":true,"num":0})", "61-1", "61-1{}"}) {
    decoder_ = packet_decoder();
    if (text(message) == decode_result::need_more) {
      EXPECT_EQ(bytes("x"), decode_result::error) << message;
    } else {
      EXPECT_FALSE(scratch_.error().empty()) << message;
    }
  }
}

TEST_F(PacketDecoder, DoesNotWaitForTheAttachmentsOfAFaultyPacket) {
  for (const auto* message : {"51-", "51-{}", R"(51-["a")", R"(51-["disconnect"])", "51-[null]",
                              "61-1{}", R"(51-/a["a"])"}) {
    refuse(message);
  }
}

TEST_F(PacketDecoder, StartsAnewAfterAnError) {
  ASSERT_EQ(text(R"(52-["a"])"), decode_result::need_more);
  ASSERT_EQ(bytes("x"), decode_result::need_more);
  ASSERT_EQ(text("2"), decode_result::error);
  ASSERT_EQ(text(R"(51-["b",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  ASSERT_EQ(bytes("y"), decode_result::packet);
  EXPECT_EQ(values(), json::array({"b", binary("y")}));
}

// --- The samples of the protocol's document

TEST_F(PacketDecoder, DecodesTheDocumentsSamples) {
  accept("0", packet_type::connect, "/", {}, json::array());
  accept(R"(0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"})", packet_type::connect, "/admin", {},
         json::array({json{{"sid", "oSO0OpakMV_3jnilAAAA"}}}));
  accept(R"(2["foo"])", packet_type::event, "/", {}, json::array({"foo"}));
  accept(R"(2/admin,["bar"])", packet_type::event, "/admin", {}, json::array({"bar"}));
  accept(R"(212["foo"])", packet_type::event, "/", 12, json::array({"foo"}));
  accept(R"(3/admin,13["bar"])", packet_type::ack, "/admin", 13, json::array({"bar"}));
  accept("1/admin,", packet_type::disconnect, "/admin", {}, json::array());

  ASSERT_EQ(text(R"(51-["baz",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  ASSERT_EQ(bytes("\x01\x02\x03\x04"), decode_result::packet);
  EXPECT_EQ(values(), json::array({"baz", binary("\x01\x02\x03\x04")}));

  ASSERT_EQ(
      text(R"(52-/admin,["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])"),
      decode_result::need_more);
  ASSERT_EQ(bytes("\x01\x02\x03\x04"), decode_result::need_more);
  ASSERT_EQ(bytes("\x05\x06\x07\x08"), decode_result::packet);
  EXPECT_EQ(packet().header.nsp, "/admin");
  EXPECT_EQ(values(), json::array({"baz", binary("\x01\x02\x03\x04"), binary("\x05\x06\x07\x08")}));

  ASSERT_EQ(text(R"(61-15["bar",{"_placeholder":true,"num":0}])"), decode_result::need_more);
  ASSERT_EQ(bytes("\x01\x02\x03\x04"), decode_result::packet);
  EXPECT_EQ(packet().header.id, 15U);
  EXPECT_EQ(values(), json::array({"bar", binary("\x01\x02\x03\x04")}));
}

// --- Encoding

std::string encoded(packet_type type, std::size_t attachments, std::string_view nsp,
                    std::optional<std::uint64_t> id) {
  packet_header header;
  header.type = type;
  header.attachments = attachments;
  header.nsp = nsp;
  header.id = id;
  std::string output;
  EXPECT_EQ(socketio::default_packet_codec().encode(header, {}, output),
            socketio::packet_form::text_before_values);
  return output;
}

TEST(DefaultPacketCodec, WritesEachType) {
  EXPECT_EQ(encoded(packet_type::connect, 0, "/", {}), "0");
  EXPECT_EQ(encoded(packet_type::disconnect, 0, "/", {}), "1");
  EXPECT_EQ(encoded(packet_type::event, 0, "/", {}), "2");
  EXPECT_EQ(encoded(packet_type::ack, 0, "/", 0), "30");
  EXPECT_EQ(encoded(packet_type::connect_error, 0, "/", {}), "4");
  EXPECT_EQ(encoded(packet_type::event, 1, "/", {}), "51-");
  EXPECT_EQ(encoded(packet_type::ack, 2, "/", 7), "62-7");
}

TEST(DefaultPacketCodec, WritesNamespaceAndId) {
  EXPECT_EQ(encoded(packet_type::disconnect, 0, "/admin", {}), "1/admin,");
  EXPECT_EQ(encoded(packet_type::event, 0, "/admin", 456), "2/admin,456");
  EXPECT_EQ(encoded(packet_type::event, 10, "/a/b", socketio::max_ack_id),
            "510-/a/b,9007199254740991");
}

TEST_F(PacketDecoder, ReadsWhatWasEncoded) {
  accept(encoded(packet_type::event, 0, "/admin", 456) + R"(["a"])", packet_type::event, "/admin",
         456, json::array({"a"}));
  accept(encoded(packet_type::ack, 0, "/", socketio::max_ack_id) + "[]", packet_type::ack, "/",
         socketio::max_ack_id, json::array());
}

TEST(IsReservedEvent, KnowsTheNames) {
  for (const auto* name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener",
                           "removeListener"}) {
    EXPECT_TRUE(socketio::is_reserved_event(name)) << name;
  }
  for (const auto* name : {"", "error", "connection", "message", "Connect", "disconnected"}) {
    EXPECT_FALSE(socketio::is_reserved_event(name)) << name;
  }
}

}  // namespace
