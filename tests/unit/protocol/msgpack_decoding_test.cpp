#include <socketio/protocol/msgpack_codec.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hex.hpp"

namespace {

using namespace std::string_literals;
using socketio::decode_result;
using socketio::decoded_packet;
using socketio::decoder_options;
using socketio::json;
using socketio::json_type;
using socketio::packet_decoder;
using socketio::packet_scratch;
using socketio::packet_type;

json binary(std::string_view bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

const std::string type = "a474797065";
const std::string nsp = "a36e7370 a12f";
const std::string data = "a464617461";
const std::string id = "a26964";

// An event `e` of the namespace `/` with one value, in hexadecimal digits.
std::string event(const std::string& value) {
  return "83" + type + "02" + nsp + data + "92a165" + value;
}

class MsgpackDecoding : public ::testing::Test {
 protected:
  decode_result decode(const std::string& digits) {
    return decoder_.binary(from_hex(digits), scratch_);
  }
  [[nodiscard]] const decoded_packet& packet() const { return scratch_.packet(); }
  [[nodiscard]] json values() const {
    json all = json::array();
    for (const auto& value : packet().values) all.push_back(value.to_json());
    return all;
  }

  // The JSON text of an event's value.
  std::string text_of(const std::string& value) {
    if (decode(event(value)) != decode_result::packet) return std::string(scratch_.error());
    const auto text = packet().json;
    EXPECT_TRUE(text.starts_with(R"(["e",)") && text.ends_with("]")) << text;
    return std::string(text.substr(5, text.size() - 6));
  }
  // The value itself, for values with bytes.
  json value_of(const std::string& value) {
    if (decode(event(value)) != decode_result::packet) return scratch_.error();
    return values().at(1);
  }

  void refuse(const std::string& digits, std::string_view error) {
    EXPECT_EQ(decode(digits), decode_result::error) << digits;
    EXPECT_EQ(scratch_.error(), error) << digits;
  }

  void limit(std::size_t max_attachments) {
    decoder_options options;
    options.max_attachments = max_attachments;
    scratch_ = packet_scratch(options);
  }

  std::shared_ptr<const socketio::packet_codec> codec_ = socketio::msgpack_codec();
  packet_decoder decoder_{*codec_};
  packet_scratch scratch_;
};

// --- Values

TEST_F(MsgpackDecoding, ReadsIntegers) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"00", "0"},
      {"7f", "127"},
      {"ff", "-1"},
      {"e0", "-32"},
      {"cc00", "0"},
      {"ccff", "255"},
      {"cd0100", "256"},
      {"cdffff", "65535"},
      {"ce00010000", "65536"},
      {"ceffffffff", "4294967295"},
      {"cf0000000100000000", "4294967296"},
      {"cf0020000000000001", "9007199254740993"},
      {"cfffffffffffffffff", "18446744073709551615"},
      {"d005", "5"},
      {"d080", "-128"},
      {"d18000", "-32768"},
      {"d17fff", "32767"},
      {"d280000000", "-2147483648"},
      {"d3ffffffff7fffffff", "-2147483649"},
      {"d38000000000000000", "-9223372036854775808"},
      {"d37fffffffffffffff", "9223372036854775807"}};
  for (const auto& [form, text] : forms) EXPECT_EQ(text_of(form), text) << form;
}

TEST_F(MsgpackDecoding, ReadsFloatingNumbers) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"ca3fc00000", "1.5"},
      {"ca3dcccccd", "0.10000000149011612"},
      {"ca40000000", "2"},
      {"cb3ff8000000000000", "1.5"},
      {"cb3ff0000000000000", "1"},
      {"cb8000000000000000", "0"},
      {"cbc008000000000000", "-3"},
      {"cb43abc16d674ec800", "1000000000000000000"},
      {"cb43b0000000000000", "1152921504606846976"},   // 2^60
      {"cb43e0000000000000", "9223372036854775808"},   // 2^63
      {"cbc3e0000000000000", "-9223372036854775808"},  // -2^63
      {"cb43f0000000000000", "18446744073709552000.0"},
      {"cbc3f0000000000000", "-18446744073709552000.0"},
      {"cb444b1ae4d6e2ef50", "1e+21"},
      {"cb7fefffffffffffff", "1.7976931348623157e+308"},
      {"cb0000000000000001", "5e-324"},
      {"cb7ff8000000000000", "null"},  // NaN
      {"cb7ff0000000000000", "null"},  // infinities
      {"cbfff0000000000000", "null"},
      {"ca7f800000", "null"}};
  for (const auto& [form, text] : forms) EXPECT_EQ(text_of(form), text) << form;
  EXPECT_EQ(value_of("cb43f0000000000000").type(), json::value_t::number_float);
}

TEST_F(MsgpackDecoding, ReadsTheOtherForms) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"c0", "null"},
      {"c2", "false"},
      {"c3", "true"},
      {"a0", R"("")"},
      {"a161", R"("a")"},
      {"d90161", R"("a")"},
      {"da000161", R"("a")"},
      {"db0000000161", R"("a")"},
      {"90", "[]"},
      {"9301c0a161", R"([1,null,"a"])"},
      {"dc000101", "[1]"},
      {"dd0000000101", "[1]"},
      {"80", "{}"},
      {"81a16101", R"({"a":1})"},
      {"de0001a16101", R"({"a":1})"},
      {"df00000001a16101", R"({"a":1})"},
      {"82a16291a163a16180", R"({"b":["c"],"a":{}})"}};
  for (const auto& [form, text] : forms) EXPECT_EQ(text_of(form), text) << form;
}

TEST_F(MsgpackDecoding, ReadsTexts) {
  EXPECT_EQ(text_of("ac" + to_hex("\"\\\b\f\n\r\t\x01\x7f/\xC3\xA9")),
            "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f/\xC3\xA9\"");
  EXPECT_EQ(text_of("a100"), R"("\u0000")");
  EXPECT_EQ(value_of("a4f09f9880"), "\xF0\x9F\x98\x80");
  const std::string more(70'000, 'x');
  EXPECT_EQ(value_of("db00011170" + to_hex(more)), more);
}

// As Buffer.toString() does; a surrogate in UTF-8 is three invalid bytes.
TEST_F(MsgpackDecoding, ReplacesInvalidUtf8) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(value_of("a361ff62"), "a" + replacement + "b");
  EXPECT_EQ(value_of("a3eda080"), replacement + replacement + replacement);
  EXPECT_EQ(value_of("a2e282"), replacement);
  EXPECT_EQ(value_of("81a1ff01"), (json{{replacement, 1}}));
}

TEST_F(MsgpackDecoding, ReadsBytesInEachForm) {
  for (const auto* form : {"c403010203", "c50003010203", "c600000003010203", "c70300010203",
                           "c8000300010203", "c90000000300010203"}) {
    EXPECT_EQ(value_of(form), binary("\x01\x02\x03")) << form;
    EXPECT_EQ(packet().header.attachments, 1U) << form;
  }
  EXPECT_EQ(value_of("c400"), binary(""));
  EXPECT_EQ(value_of("c70000"), binary(""));
  EXPECT_EQ(value_of("92c40161 81a162c40162"),
            json::array({binary("a"), json{{"b", binary("b")}}}));
}

TEST_F(MsgpackDecoding, SharesTheMessageInsteadOfCopyingBytes) {
  std::string message = from_hex(event("92c4026162c5ea60")) + std::string(60'000, 'x');
  const auto* const place = reinterpret_cast<const std::byte*>(message.data());
  const auto size = message.size();
  ASSERT_EQ(decoder_.binary(std::move(message), scratch_), decode_result::packet);
  std::vector<socketio::json_view> views;
  packet().values.at(1).elements(views);
  const auto small = views.at(0).shared_binary();
  const auto large = views.at(1).shared_binary();
  ASSERT_TRUE(small && large);
  EXPECT_EQ(large->data(), place + size - 60'000);
  EXPECT_EQ(small->data() + 2 + 3, large->data());
  EXPECT_EQ(small->owner(), large->owner());
  // They outlive the packet.
  ASSERT_EQ(decode(event("c0")), decode_result::packet);
  EXPECT_EQ(small->characters(), "ab");
  EXPECT_EQ(large->characters(), std::string(60'000, 'x'));
}

TEST_F(MsgpackDecoding, ReadsExtensionsAsNotepackDoes) {
  EXPECT_EQ(value_of("d40561"), json::array({5, binary("a")}));
  EXPECT_EQ(value_of("d5ff6162"), json::array({-1, binary("ab")}));
  EXPECT_EQ(value_of("d68061626364"), json::array({-128, binary("abcd")}));
  EXPECT_EQ(value_of("d7076162636465666768"), json::array({7, binary("abcdefgh")}));
  EXPECT_EQ(value_of("d87f" + to_hex("0123456789abcdef")),
            json::array({127, binary("0123456789abcdef")}));
  EXPECT_EQ(value_of("c702ff6162"), json::array({-1, binary("ab")}));
  EXPECT_EQ(value_of("c8000201 6162"), json::array({1, binary("ab")}));
  EXPECT_EQ(value_of("c90000000202 6162"), json::array({2, binary("ab")}));
  // Of the type that notepack.io has for itself these are none of its own.
  EXPECT_EQ(value_of("d5006162"), json::array({0, binary("ab")}));
  EXPECT_EQ(value_of("d60061626364"), json::array({0, binary("abcd")}));
  EXPECT_EQ(value_of("d800" + to_hex("0123456789abcdef")),
            json::array({0, binary("0123456789abcdef")}));
}

TEST_F(MsgpackDecoding, ReadsUndefinedAsJsonStringifyWritesIt) {
  EXPECT_EQ(text_of("d40000"), "null");
  EXPECT_EQ(text_of("92d4000001"), "[null,1]");
  EXPECT_EQ(text_of("81a161d40000"), "{}");
  EXPECT_EQ(text_of("83a161d40000a16201a163d400ff"), R"({"b":1})");
  EXPECT_EQ(text_of("83a16101a162d40000a16302"), R"({"a":1,"c":2})");
}

TEST_F(MsgpackDecoding, ReadsDatesAsTheirText) {
  // The texts come from Date.prototype.toJSON().
  const std::vector<std::pair<std::string, std::string>> dates = {
      {"0000000000000000", "1970-01-01T00:00:00.000Z"},
      {"ffffffffffffffff", "1969-12-31T23:59:59.999Z"},
      {"0000018bcfe56800", "2023-11-14T22:13:20.000Z"},
      {"000000dd9d5a09fb", "2000-02-29T12:34:56.123Z"},
      {"ffffc77590fb9fff", "-000001-12-31T23:59:59.999Z"},
      {"ffffc77590fba000", "0000-01-01T00:00:00.000Z"},
      {"0000e677d21fdbff", "9999-12-31T23:59:59.999Z"},
      {"0000e677d21fdc00", "+010000-01-01T00:00:00.000Z"},
      {"001eb208c2dc0000", "+275760-09-13T00:00:00.000Z"},
      {"ffe14df73d240000", "-271821-04-20T00:00:00.000Z"}};
  for (const auto& [time, text] : dates) {
    EXPECT_EQ(text_of("d700" + time), '"' + text + '"') << time;
  }
  EXPECT_EQ(text_of("d700001eb208c2dc0001"), "null");
  EXPECT_EQ(text_of("d700ffe14df73d23ffff"), "null");
  EXPECT_EQ(text_of("d7008000000000000000"), "null");
}

TEST_F(MsgpackDecoding, ReadsKeysAsPropertiesInJavaScript) {
  const std::vector<std::pair<std::string, std::string>> keys = {
      {"a16b", "k"},
      {"c4016b", "k"},
      {"07", "7"},
      {"f9", "-7"},
      {"d0f9", "-7"},
      {"cb3ff8000000000000", "1.5"},
      {"cb8000000000000000", "0"},
      {"cfffffffffffffffff", "18446744073709552000"},
      {"c0", "null"},
      {"c2", "false"},
      {"c3", "true"},
      {"d40000", "undefined"},
      {"a95f5f70726f746f5f5f", "__proto__"}};
  for (const auto& [key, text] : keys)
    EXPECT_EQ(text_of("81" + key + "01"), "{\"" + text + "\":1}");
  for (const auto* key : {"90", "9101", "80", "d40561", "d7000000000000000000",
                          "cb7ff8000000000000", "cb7ff0000000000000"}) {
    EXPECT_EQ(text_of("81" + std::string(key) + "01"), "illegal key") << key;
  }
}

TEST_F(MsgpackDecoding, TakesTheLastOfRepeatedKeys) {
  EXPECT_EQ(value_of("83a16101a16202a16103"), (json{{"a", 3}, {"b", 2}}));
}

// --- What is refused

TEST_F(MsgpackDecoding, RefusesWhatIsIncomplete) {
  const auto whole = event(
      "dc0012 a0 a161 d90161 da000161 db0000000161 c40161 c5000161 c60000000161 c7010561 d40000"
      "d7000000000000000000 ca3fc00000 cb3ff8000000000000 cc01 cd0001 cf0000000000000001 d001"
      "81a16101");
  const auto message = from_hex(whole);
  ASSERT_EQ(decode(whole), decode_result::packet) << scratch_.error();
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_EQ(decoder_.binary(message.substr(0, size), scratch_), decode_result::error) << size;
  }
  refuse(whole + "00", "bytes behind the packet");
  refuse(whole + whole, "bytes behind the packet");
  refuse(event("c1"), "invalid MessagePack");
}

TEST_F(MsgpackDecoding, RefusesSizesBeyondTheMessage) {
  for (const auto* value :
       {"ddffffffff00", "dcffff00", "9200", "dfffffffff0000", "deffff0000", "810a", "dbffffffff",
        "daffff", "d9ff", "a261", "c6ffffffff", "c5ffff", "c4ff", "c9ffffffff00", "c8ffff00",
        "c7ff00", "c70200ff", "d5ff00", "d800ff"}) {
    refuse(event(value), "invalid MessagePack");
  }
}

TEST_F(MsgpackDecoding, LimitsTheDepth) {
  const auto nested = [](std::size_t depth, const std::string& begin, const std::string& inmost) {
    std::string value;
    for (std::size_t i = 0; i < depth; ++i) value += begin;
    return event(value + inmost);
  };
  // The array of the arguments is one level.
  EXPECT_EQ(decode(nested(127, "91", "01")), decode_result::packet);
  EXPECT_EQ(decode(nested(127, "81a161", "01")), decode_result::packet);
  EXPECT_EQ(decode(nested(126, "91", "c40161")), decode_result::packet);
  EXPECT_EQ(decode(nested(125, "91", "d40561")), decode_result::packet);
  refuse(nested(128, "91", "01"), "nested too deeply");
  refuse(nested(128, "81a161", "01"), "nested too deeply");
  refuse(nested(127, "91", "90"), "nested too deeply");
  refuse(nested(127, "91", "c40161"), "nested too deeply");
  refuse(nested(126, "91", "d40561"), "nested too deeply");
  refuse(nested(100'000, "91", ""), "nested too deeply");
  refuse("84" + type + "02" + nsp + data + "91a165" + "a178" + std::string(200'000, '9'),
         "nested too deeply");
}

TEST_F(MsgpackDecoding, LimitsTheAttachments) {
  limit(2);
  EXPECT_EQ(decode(event("92c40161c40162")), decode_result::packet);
  refuse(event("93c40161c40162c40163"), "too many attachments");
  refuse(event("92c40161d5056162") + "00", "bytes behind the packet");
  refuse(event("93c40161c70061d40561"), "too many attachments");
  // Those that do not belong to the packet do not count.
  EXPECT_EQ(decode("84 a178 92c40161c40162" + type + "02" + nsp + data + "93a165c40161c40162"),
            decode_result::packet);
  EXPECT_EQ(values(), json::array({"e", binary("a"), binary("b")}));
  limit(0);
  refuse(event("c400"), "too many attachments");
}

TEST_F(MsgpackDecoding, WritesBoundedText) {
  std::string widest;
  for (const auto* value : {"c2", "a101", "80", "81a0c2", "81c2c2", "81c0c0", "e0", "d18000",
                            "ca80800000", "d38000000000000000", "d700ffe14df73d240000", "a1ff"}) {
    widest = "dd000003e8";
    for (int i = 0; i < 1000; ++i) widest += value;
    const auto message = from_hex(event(widest));
    ASSERT_EQ(decode(event(widest)), decode_result::packet) << value;
    EXPECT_LE(packet().json.size(), 8 * message.size()) << value;
  }
}

TEST_F(MsgpackDecoding, RefusesTexts) {
  const std::string deep(1000, '[');
  const std::string invalid_utf8 = "{\"type\":1,\"nsp\":\"/\xff\"}";
  for (const std::string& text :
       {std::string(), std::string(R"(2["e"])"), std::string("null"), std::string("[0]"), deep,
        std::string(R"({"type":2,"nsp":"/","data":["e"]})"), std::string(R"({"type":1)"),
        invalid_utf8, std::string(R"({"type":1,"nsp":"/"}x)")}) {
    EXPECT_EQ(decoder_.text(text, scratch_), decode_result::error) << text;
    EXPECT_EQ(scratch_.error(), "text message instead of MessagePack");
  }
  EXPECT_EQ(decoder_.text(R"({"type":2,"nsp":"/"})", scratch_), decode_result::error);
  EXPECT_EQ(scratch_.error(), "payload is not an array");
}

// --- What version 2 of npm's parser writes, which is for clients of Socket.IO 2

TEST_F(MsgpackDecoding, TakesPacketsWithoutValuesAsText) {
  ASSERT_EQ(decoder_.text(R"({"type":0,"nsp":"/chat?token=1"})", scratch_), decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::connect);
  EXPECT_EQ(packet().header.nsp, "/chat?token=1");
  ASSERT_EQ(decoder_.text(R"({"nsp":"/é","type":1,"options":{"compress":true}})", scratch_),
            decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::disconnect);
  EXPECT_EQ(packet().header.nsp, "/é");
  // Nobody writes this: what is deep is left out.
  const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
  ASSERT_EQ(decoder_.text(R"({"type":1,"nsp":"/","x":)" + deep + "}", scratch_),
            decode_result::packet);
}

TEST_F(MsgpackDecoding, TakesTypesOfPacketsWithBytes) {
  ASSERT_EQ(decode("84" + type + "05" + nsp + data + "92a165c40162" + id + "07"),
            decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::event);
  EXPECT_EQ(packet().header.id, 7U);
  EXPECT_EQ(values(), json::array({"e", binary("b")}));
  ASSERT_EQ(decode("84" + type + "06" + nsp + data + "91c40162" + id + "07"),
            decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::ack);
  EXPECT_EQ(values(), json::array({binary("b")}));
}

// --- Packets

TEST_F(MsgpackDecoding, TakesMembersInAnyOrder) {
  for (const auto& message : {type + "02" + nsp + data + "91a165" + id + "07",
                              data + "91a165" + id + "07" + type + "02" + nsp,
                              id + "07" + nsp + data + "91a165" + type + "02"}) {
    ASSERT_EQ(decode("84" + message), decode_result::packet) << scratch_.error();
    EXPECT_EQ(packet().header.type, packet_type::event);
    EXPECT_EQ(packet().header.nsp, "/");
    EXPECT_EQ(packet().header.id, 7U);
    EXPECT_EQ(packet().event_name, "e");
  }
}

TEST_F(MsgpackDecoding, PassesOverOtherMembers) {
  // As the official client sends it.
  ASSERT_EQ(decode("84" + type + "02" + data + "91a165" +
                   "a76f7074696f6e73 81a8636f6d7072657373c3" + nsp),
            decode_result::packet);
  EXPECT_EQ(packet().json, R"(["e"])");
  ASSERT_EQ(decode("86 07 d7000000000000000000 a0 93c40161c0d40000 c0 c0" + type + "02" + data +
                   "92a165c40162" + nsp),
            decode_result::packet);
  EXPECT_EQ(values(), json::array({"e", binary("b")}));
  ASSERT_EQ(decode("84 a178 9101" + type + "02" + data + "92a165c40162" + nsp),
            decode_result::packet);
  EXPECT_EQ(values(), json::array({"e", binary("b")}));
  refuse("84 9101 01" + type + "02" + data + "91a165" + nsp, "illegal key");
  refuse("84 80 01" + type + "02" + data + "91a165" + nsp, "illegal key");
  refuse("84" + type + "02" + data + "91a165" + nsp, "invalid MessagePack");
  refuse("84 a178 91c1" + type + "02" + data + "91a165" + nsp, "invalid MessagePack");
}

TEST_F(MsgpackDecoding, TakesTheLastOfRepeatedMembers) {
  ASSERT_EQ(decode("88" + type + "05" + type + "02" + data + "92a164c40161" + data +
                   "93a165c40162c40163" + nsp + "a36e7370 a22f62" + id + "a0" + id + "07"),
            decode_result::packet)
      << scratch_.error();
  EXPECT_EQ(packet().header.nsp, "/b");
  EXPECT_EQ(packet().header.id, 7U);
  EXPECT_EQ(values(), json::array({"e", binary("b"), binary("c")}));
}

TEST_F(MsgpackDecoding, TakesEachTypeInAnyFormOfNumber) {
  ASSERT_EQ(decode("82" + type + "00" + nsp), decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::connect);
  ASSERT_EQ(decode("82" + type + "01" + nsp), decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::disconnect);
  ASSERT_EQ(decode("84" + type + "03" + nsp + data + "90" + id + "00"), decode_result::packet);
  EXPECT_EQ(packet().header.type, packet_type::ack);
  EXPECT_EQ(packet().header.id, 0U);
  for (const auto* number : {"02", "cc02", "cd0002", "ce00000002", "cf0000000000000002", "d002",
                             "ca40000000", "cb4000000000000000"}) {
    ASSERT_EQ(decode("83" + type + number + nsp + data + "91a165"), decode_result::packet);
    EXPECT_EQ(packet().header.type, packet_type::event);
  }
  for (const auto* other : {"07", "20", "ff", "cb4004000000000000", "c0", "c3", "a132", "d40000",
                            "9102", "cfffffffffffffffff", "cb7ff8000000000000", "c40102"}) {
    refuse("83" + type + other + nsp + data + "91a165", "unknown packet type");
  }
  refuse("82" + nsp + data + "91a165", "unknown packet type");
  refuse("82" + type + "04" + nsp, "connect_error packet from a client");
}

TEST_F(MsgpackDecoding, NeedsANamespaceInAString) {
  const auto with = [](const std::string& name) {
    return "83" + type + "02" + data + "91a165" + "a36e7370" + name;
  };
  ASSERT_EQ(decode(with("a0")), decode_result::packet);
  EXPECT_EQ(packet().header.nsp, "");
  ASSERT_EQ(decode(with("a5" + to_hex("a,b\"\n"))), decode_result::packet);
  EXPECT_EQ(packet().header.nsp, "a,b\"\n");
  ASSERT_EQ(decode(with("a22fff")), decode_result::packet);
  EXPECT_EQ(packet().header.nsp, "/\xEF\xBF\xBD");
  for (const auto* other : {"c0", "c4012f", "00", "91a12f", "80", "d40000"}) {
    refuse(with(other), "namespace is not a string");
  }
  refuse("82" + type + "02" + data + "91a165", "namespace is not a string");
}

TEST_F(MsgpackDecoding, TakesWholeNumbersAsIds) {
  const auto with = [](const std::string& number) {
    return "84" + type + "02" + nsp + data + "91a165" + id + number;
  };
  ASSERT_EQ(decode(with("cf001fffffffffffff")), decode_result::packet);
  EXPECT_EQ(packet().header.id, socketio::max_ack_id);
  ASSERT_EQ(decode(with("cb4014000000000000")), decode_result::packet);
  EXPECT_EQ(packet().header.id, 5U);
  ASSERT_EQ(decode(with("d40000")), decode_result::packet);
  EXPECT_EQ(packet().header.id, std::nullopt);
  for (const auto* other : {"cf0020000000000000", "ff", "c0", "a131", "cb3ff8000000000000", "90",
                            "c2", "cb7e37e43c8800759c"}) {
    refuse(with(other), "acknowledgement id out of range");
  }
}

TEST_F(MsgpackDecoding, NeedsTheDataOfItsType) {
  const auto with = [](const std::string& number, const std::string& value) {
    return "83" + type + number + nsp + data + value;
  };
  ASSERT_EQ(decode(with("00", "81a161c40162")), decode_result::packet);
  EXPECT_EQ(values(), json::array({json{{"a", binary("b")}}}));
  ASSERT_EQ(decode(with("00", "d40000")), decode_result::packet);
  EXPECT_EQ(values(), json::array());
  ASSERT_EQ(decode(with("01", "d40000")), decode_result::packet);
  for (const auto* other : {"c0", "90", "a161", "01", "c3", "c40161", "d40561"}) {
    refuse(with("00", other), "connect payload is not an object");
  }
  for (const auto* other : {"c0", "90", "80", "a0"}) {
    refuse(with("01", other), "disconnect packet with a payload");
  }
  for (const auto* number : {"02", "03"}) {
    for (const auto* other : {"c0", "80", "a161", "01", "c40161", "d40000"}) {
      refuse(with(number, other), "payload is not an array");
    }
    refuse("82" + type + number + nsp, "payload is not an array");
  }
  ASSERT_EQ(decode(with("03", "90")), decode_result::packet);
  ASSERT_EQ(decode(with("03", "92c4016101")), decode_result::packet);
  EXPECT_EQ(values(), json::array({binary("a"), 1}));
}

TEST_F(MsgpackDecoding, NeedsTheNameOfAnEvent) {
  const auto with = [](const std::string& values) {
    return "83" + type + "02" + nsp + data + values;
  };
  ASSERT_EQ(decode(with("9107")), decode_result::packet);
  EXPECT_EQ(packet().event_name, "7");
  refuse(with("90"), "event without a name");
  for (const auto* name : {"c0", "c3", "90", "80", "c40161", "cb7ff8000000000000"}) {
    refuse(with("91" + std::string(name)), "event name is neither a string nor a number");
  }
  for (const auto* name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener",
                           "removeListener"}) {
    const std::string_view text(name);
    refuse(with("91" + to_hex(static_cast<char>(0xA0 + text.size()) + std::string(text))),
           "reserved event name");
  }
}

TEST_F(MsgpackDecoding, NeedsAMap) {
  for (const auto* message : {"", "c0", "93020103", "a161", "02", "c40161", "c1", "d40000"}) {
    refuse(message, "packet is not a map");
  }
  refuse("80", "unknown packet type");
}

// --- Objects that look like placeholders

const std::string mark = "ac5f706c616365686f6c646572";
const std::string num = "a36e756d";

json look_alike(const json& index) {
  return json{{"_placeholder", true}, {"num", index}};
}

TEST_F(MsgpackDecoding, KeepsObjectsThatLookLikePlaceholders) {
  const auto object = "82" + mark + "c3" + num + "00";
  EXPECT_EQ(text_of(object), R"({"_placeholder":true,"num":0})");
  EXPECT_EQ(value_of(object), look_alike(0));
  for (const auto& index : {"00"s, "01"s, "cc00"s, "cf0000000000000000"s, "cb0000000000000000"s}) {
    const auto same = "82" + mark + "c3" + num + index;
    ASSERT_EQ(value_of("93" + same + "c40161" + same).at(1), binary("a")) << index;
    EXPECT_EQ(values().at(1).at(0), look_alike(index == "01" ? 1 : 0)) << index;
    EXPECT_EQ(values().at(1).at(2), look_alike(index == "01" ? 1 : 0)) << index;
    std::vector<socketio::json_view> views;
    packet().values.at(1).elements(views);
    EXPECT_EQ(views.at(0).type(), json_type::object) << index;
    EXPECT_EQ(views.at(0).binary(), std::nullopt) << index;
    EXPECT_EQ(views.at(1).type(), json_type::binary) << index;
  }
  EXPECT_EQ(value_of("92c40161"
                     "82" +
                     num + "00" + mark + "c3"),
            json::array({binary("a"), json{{"num", 0}, {"_placeholder", true}}}));
  EXPECT_EQ(value_of("92c40161"
                     "82c40c" +
                     mark.substr(2) +
                     "c3"
                     "c403" +
                     num.substr(2) + "00"),
            json::array({binary("a"), look_alike(0)}));
  // Whatever else it has stays what it is.
  EXPECT_EQ(
      value_of("92c40161"
               "83" +
               mark + "c3" + num + "00" + "a178 c40162"),
      json::array({binary("a"), json{{"_placeholder", true}, {"num", 0}, {"x", binary("b")}}}));
  EXPECT_EQ(value_of("92c40161"
                     "82" +
                     mark + "c3" + num + "c40162"),
            json::array({binary("a"), look_alike(binary("b"))}));
  EXPECT_EQ(value_of("92c40161"
                     "82" +
                     mark + "c3" + num + "c0"),
            json::array({binary("a"), look_alike(nullptr)}));
  EXPECT_EQ(value_of("92c40161"
                     "81" +
                     mark + "c3"),
            json::array({binary("a"), json{{"_placeholder", true}}}));
  EXPECT_EQ(value_of("92c40161"
                     "82" +
                     mark + "c2" + num + "09"),
            json::array({binary("a"), json{{"_placeholder", false}, {"num", 9}}}));
  EXPECT_EQ(value_of("92c40161"
                     "83" +
                     mark + "c2" + mark + "c3" + num + "00"),
            json::array({binary("a"), look_alike(0)}));
  EXPECT_EQ(value_of("92c40161"
                     "83" +
                     mark + "c3" + num + "cb3ff8000000000000" + num + "00"),
            json::array({binary("a"), look_alike(0)}));
}

TEST_F(MsgpackDecoding, MarksOnlyWhereBytesAreNear) {
  const auto object = "81" + num + "07";
  EXPECT_EQ(text_of(object), R"({"num":7})");
  EXPECT_EQ(text_of("92" + object + "c40161"), R"([{"num":7},{"_placeholder":true,"num":0}])");
}

TEST_F(MsgpackDecoding, TakesPacketsOneAfterTheOther) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(text_of("01"), "1");
    EXPECT_EQ(value_of("c40161"), binary("a"));
    refuse(event("c1"), "invalid MessagePack");
    ASSERT_EQ(decode("82" + type + "01" + nsp), decode_result::packet);
    EXPECT_TRUE(packet().values.empty());
    EXPECT_TRUE(packet().attachments.empty());
  }
}

}  // namespace
