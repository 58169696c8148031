#include <socketio/protocol/json_writer.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::append_json;
using socketio::append_json_number;
using socketio::append_json_string;
using socketio::json;
using socketio::json_document;
using socketio::json_type;
using socketio::json_view;
using socketio::placeholder_limits;
using socketio::shared_bytes;

// What a text is when it is parsed and written again; nothing if it is refused.
std::optional<std::string> round_trip(std::string_view text) {
  json_document document;
  if (!document.parse(text)) return std::nullopt;
  std::string output;
  std::vector<shared_bytes> attachments;
  append_json(output, document.root().to_json(), attachments);
  return output;
}

bool accepts(std::string_view text) {
  json_document document;
  return document.parse(text);
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated.append(text);
  return repeated;
}

std::string number(double value) {
  std::string output;
  append_json_number(output, value);
  return output;
}

std::string string_literal(std::string_view text) {
  std::string output;
  append_json_string(output, text);
  return output;
}

std::string written(const json& value) {
  std::string output;
  std::vector<shared_bytes> attachments;
  append_json(output, value, attachments);
  EXPECT_TRUE(attachments.empty());
  return output;
}

std::string as_text(std::optional<std::span<const std::byte>> bytes) {
  if (!bytes) return "not binary";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

json binary(std::string_view bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

// --- Accepting and refusing

TEST(JsonDocument, AcceptsEveryKindOfValue) {
  for (const auto* text : {"null", "true", "false", "0", "-1", "1.5", R"("")", R"("text")", "[]",
                           "{}", " \t\r\n[ ] ", R"([1,"two",null,{"three":[3]}])", R"({"":0})"}) {
    EXPECT_TRUE(accepts(text)) << text;
  }
}

TEST(JsonDocument, RefusesWhatJsonParseRefuses) {
  const std::vector<std::string> texts = {
      "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]x", "[1][2]", "[1],",
      "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "{'a':1}", "\"", "\"a", "'a'", "nul",
      "nulll", "True", "undefined", "NaN", "Infinity", "-Infinity", "-", "+1", ".5", "1.", "1.e5",
      "1e", "1e+", "01", "-01", "00", "0x10", "1_000", "1,2", "\"\\x41\"", "\"\\u12\"",
      "\"\\u12G4\"", "\"\\\"", "\"tab\there\"", "\"line\nbreak\"", "// c\n1", "/* c */1", "\v1",
      "\f1",
      "\xC2\xA0"
      "1",
      // What the second attempt, for numbers and surrogates, must not let through.
      "[1e400,]", "[1e400", "[1e400x]", "[-1e400 1e400]", "[01e400]", "[1.e400]", "[1e400e4]",
      "[--1e400]", "\"\\ud800", "\"\\ud800\\\"", "[\"\\ud800\" 1]", "\"\\ud800\\x\"",
      "\"\\ud800\\u12\"", "99999999999999999999999999999999x", "[1-99999999999999999999999999]"};
  for (const auto& text : texts) EXPECT_FALSE(accepts(text)) << text;
}

TEST(JsonDocument, RefusesAByteOrderMark) {
  EXPECT_FALSE(accepts("\xEF\xBB\xBF[]"));
  EXPECT_FALSE(accepts("\xEF\xBB\xBF"));
  EXPECT_TRUE(accepts("\"\xEF\xBB\xBF\""));  // as a character it is fine
}

TEST(JsonDocument, RefusesNulBytes) {
  EXPECT_FALSE(accepts("\0"sv));
  EXPECT_FALSE(accepts("[]\0"sv));
  EXPECT_FALSE(accepts("[\0]"sv));
  EXPECT_FALSE(accepts("\"a\0b\""sv));
  EXPECT_EQ(round_trip(R"("a\u0000b")"), R"("a\u0000b")");
}

TEST(JsonDocument, RefusesInvalidUtf8) {
  for (const auto text : {"\"\x80\""sv, "\"\xC0\xAF\""sv, "\"\xED\xA0\x80\""sv,
                          "\"\xF4\x90\x80\x80\""sv, "\"\xE2\x82\""sv, "\"\xFF\""sv, "\xFF"sv,
                          "{\"\xC3\":1}"sv, "[\"\xC3\",1e400]"sv, "[\"\\ud800\xC3\"]"sv}) {
    EXPECT_FALSE(accepts(text)) << ::testing::PrintToString(text);
  }
}

TEST(JsonDocument, KeepsUtf8) {
  const auto text = "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x80\xA8\x7F\""s;
  EXPECT_EQ(round_trip(text), text);
}

// --- Depth

TEST(JsonDocument, AcceptsTheGreatestDepth) {
  EXPECT_TRUE(accepts(repeat("[", 128) + repeat("]", 128)));
  EXPECT_TRUE(accepts(repeat("[", 128) + "1" + repeat("]", 128)));
  EXPECT_TRUE(accepts(repeat(R"({"a":)", 128) + "1" + repeat("}", 128)));
  EXPECT_TRUE(accepts(repeat(R"({"a":)", 127) + "{}" + repeat("}", 127)));
  EXPECT_TRUE(accepts(repeat(R"([{"a":)", 64) + "1" + repeat("}]", 64)));
}

TEST(JsonDocument, RefusesMoreThanTheGreatestDepth) {
  EXPECT_FALSE(accepts(repeat("[", 129) + repeat("]", 129)));
  EXPECT_FALSE(accepts(repeat("[", 129) + "1" + repeat("]", 129)));
  EXPECT_FALSE(accepts(repeat(R"({"a":)", 129) + "1" + repeat("}", 129)));
  EXPECT_FALSE(accepts(repeat(R"({"a":)", 128) + "{}" + repeat("}", 128)));
  EXPECT_FALSE(accepts(repeat(R"([{"a":)", 64) + "[1]" + repeat("}]", 64)));
}

TEST(JsonDocument, CountsTheDepthInTheSecondAttemptToo) {
  EXPECT_TRUE(accepts(repeat("[", 128) + "1e400" + repeat("]", 128)));
  EXPECT_FALSE(accepts(repeat("[", 129) + "1e400" + repeat("]", 129)));
  EXPECT_FALSE(accepts("[1e400," + repeat("[", 128) + repeat("]", 128) + "]"));
}

TEST(JsonDocument, CountsTheDepthAfterAndInLargeTexts) {
  json_document document;
  ASSERT_TRUE(document.parse("\"" + std::string(400'000, 'a') + "\""));
  EXPECT_TRUE(document.parse(repeat("[", 128) + repeat("]", 128)));
  EXPECT_FALSE(document.parse(repeat("[", 129) + "1" + repeat("]", 129)));
  ASSERT_TRUE(document.parse("\"" + std::string(100'000, 'a') + "\""));
  EXPECT_FALSE(document.parse(repeat("[", 129) + "1" + repeat("]", 129)));
  const auto padding = std::string(50'000, ' ');
  EXPECT_TRUE(accepts(padding + repeat("[", 128) + "1" + repeat("]", 128)));
  EXPECT_FALSE(accepts(padding + repeat("[", 129) + "1" + repeat("]", 129)));
}

TEST(JsonDocument, RefusesAMegabyteOfBrackets) {
  EXPECT_FALSE(accepts(std::string(1'000'000, '[')));
  EXPECT_FALSE(accepts(repeat(R"({"a":)", 200'000)));
  EXPECT_FALSE(accepts(std::string(500'000, '[') + std::string(500'000, ']')));
}

// --- Numbers

TEST(JsonDocument, ReadsNumbersAsJavaScriptDoes) {
  const std::vector<std::pair<std::string_view, std::string_view>> numbers = {
      {"1.0", "1"},
      {"-0", "0"},
      {"-0.0", "0"},
      {"0e10", "0"},
      {"1e2", "100"},
      {"1E+2", "100"},
      {"1.5e-7", "1.5e-7"},
      {"1e400", "null"},
      {"-1e400", "null"},
      {"1e309", "null"},
      {"-1.8e308", "null"},
      {"1e-400", "0"},
      {"-1e-400", "0"},
      {"0.0e400", "0"},
      {"0e999999999999999999999", "0"},
      {"1e999999999999999999999", "null"},
      {"1e-999999999999999999999", "0"},
      {"1e+999999999999999999999", "null"},
      // Exponents at the ends of 64 bits, with digits before and after the point.
      {"1234567890e9223372036854775807", "null"},
      {"-1234567890e9223372036854775807", "null"},
      {"1234567890e9223372036854775808", "null"},
      {"12.5e+9223372036854775807", "null"},
      {"0.00000001e9223372036854775807", "null"},
      {"0.000e9223372036854775807", "0"},
      {"1234567890e-9223372036854775808", "0"},
      {"0.00000001e-9223372036854775808", "0"},
      {"-0.00000001e-9223372036854775808", "0"},
      {"1e0000000000000000000000000000001", "10"},
      {"100000000000000000000e-0000000000000000000000000000020", "1"},
      {"1e18446744073709551616", "null"},
      {"1e-18446744073709551616", "0"},
      {"5e-324", "5e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"9007199254740993", "9007199254740993"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "18446744073709552000"},
      {"-9223372036854775809", "-9223372036854776000"},
      {"123456789012345678901234567890", "1.2345678901234568e+29"},
      {"-123456789012345678901234567890", "-1.2345678901234568e+29"},
      {"100000000000000000000", "100000000000000000000"},
      {"123456789012345678901", "123456789012345680000"},
      {"1000000000000000000000", "1e+21"},
      {"0.1", "0.1"},
      {"0.30000000000000004", "0.30000000000000004"}};
  for (const auto& [text, expected] : numbers) {
    EXPECT_EQ(round_trip(text), expected) << text;
    EXPECT_EQ(round_trip("[" + std::string(text) + ",1]"), "[" + std::string(expected) + ",1]");
  }
}

TEST(JsonDocument, ReadsVeryLongNumbers) {
  EXPECT_EQ(round_trip(std::string(999'998, '2')), "null");
  EXPECT_EQ(round_trip("0." + std::string(100'000, '0') + "1"), "0");
  EXPECT_EQ(round_trip("1" + std::string(400, '0')), "null");
  EXPECT_EQ(round_trip("0." + std::string(400, '0') + "1e401"), "1");
  EXPECT_EQ(round_trip("1" + std::string(400, '0') + "e-400"), "1");
  EXPECT_EQ(round_trip("1." + std::string(1000, '0')), "1");
}

TEST(JsonDocument, TellsTheKindsOfNumbersApart) {
  const std::vector<std::pair<std::string_view, json_type>> numbers = {
      {"1", json_type::integer},
      {"-0", json_type::integer},
      {"1.0", json_type::floating},
      {"1e2", json_type::floating},
      {"9223372036854775807", json_type::integer},
      {"-9223372036854775808", json_type::integer},
      {"9223372036854775808", json_type::unsigned_integer},
      {"18446744073709551615", json_type::unsigned_integer},
      {"18446744073709551616", json_type::floating},
      {"-9223372036854775809", json_type::floating},
      {"1e400", json_type::null}};
  for (const auto& [text, type] : numbers) {
    json_document document;
    ASSERT_TRUE(document.parse(text)) << text;
    EXPECT_EQ(document.root().type(), type) << text;
  }
}

// --- Strings

TEST(JsonDocument, ReadsEscapes) {
  json_document document;
  ASSERT_TRUE(document.parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")"));
  EXPECT_EQ(document.root().string(), "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(JsonDocument, ReplacesLoneSurrogates) {
  const std::vector<std::pair<std::string_view, std::string_view>> strings = {
      {R"("\ud800")", "\xEF\xBF\xBD"},
      {R"("\udbff")", "\xEF\xBF\xBD"},
      {R"("\udc00")", "\xEF\xBF\xBD"},
      {R"("\uDFFF")", "\xEF\xBF\xBD"},
      {R"("a\ud800b")",
       "a\xEF\xBF\xBD"
       "b"},
      {R"("\ud800\ud800")", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {R"("\udc00\ud800")", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {R"("\ud800\ud83d\ude00")", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
      {R"("\ud83d\ude00\ude00")", "\xF0\x9F\x98\x80\xEF\xBF\xBD"},
      {R"("\ud800\u0041")",
       "\xEF\xBF\xBD"
       "A"},
      {R"("\ud800\n")", "\xEF\xBF\xBD\n"},
      {R"("\ud800\\udc00")", "\xEF\xBF\xBD\\udc00"},
      {R"("\\ud800\ud800")", "\\ud800\xEF\xBF\xBD"},
      {R"("\ud800\"")", "\xEF\xBF\xBD\""},
      {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
      {R"("\udbff\udfff")", "\xF4\x8F\xBF\xBF"}};
  for (const auto& [text, expected] : strings) {
    json_document document;
    ASSERT_TRUE(document.parse(text)) << text;
    EXPECT_EQ(document.root().string(), expected) << text;
  }
}

TEST(JsonDocument, ReplacesLoneSurrogatesInKeysAndBesideOddNumbers) {
  EXPECT_EQ(round_trip(R"([{"\ud800":1e400},"1e400",99999999999999999999])"),
            "[{\"\xEF\xBF\xBD\":null},\"1e400\",100000000000000000000]");
}

// --- Objects

TEST(JsonDocument, KeepsTheOrderOfKeys) {
  const auto* text = R"({"z":1,"a":2,"10":3,"m":{"y":1,"b":2}})";
  EXPECT_EQ(round_trip(text), text);
}

TEST(JsonDocument, TakesTheLastOfRepeatedKeysAtThePlaceOfTheFirst) {
  EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(round_trip(R"({"a":1,"\u0061":[2]})"), R"({"a":[2]})");
  EXPECT_EQ(round_trip(R"({"":1,"":2})"), R"({"":2})");
}

TEST(JsonDocument, TakesTheLastOfRepeatedKeysInLargeObjects) {
  std::string text = "{";
  std::string expected = "{";
  for (int i = 0; i < 50; ++i) {
    text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    expected += "\"key" + std::to_string(i) + "\":" + std::to_string(i == 40 ? -40 : i) + ",";
  }
  text += R"("key40":0,"key40":-40,"end":true})";
  expected += R"("end":true})";
  EXPECT_EQ(round_trip(text), expected);
}

TEST(JsonDocument, ReadsObjectsOfManyKeys) {
  constexpr int count = 60'000;
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text += R"("k0":-1})";
  json_document document;
  ASSERT_TRUE(document.parse(text));
  const auto value = document.root().to_json();
  ASSERT_EQ(value.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(value.begin().key(), "k0");
  EXPECT_EQ(value.begin().value(), -1);
  EXPECT_EQ(std::prev(value.end()).key(), "k59999");
  EXPECT_EQ(std::prev(value.end()).value(), 59'999);
}

// --- The document

TEST(JsonDocument, IsUsableAfterAFailure) {
  json_document document;
  EXPECT_FALSE(document.parse("[1,"));
  ASSERT_TRUE(document.parse("[1]"));
  EXPECT_EQ(document.root().to_json(), json::parse("[1]"));
}

TEST(JsonDocument, ReadsSmallAndLargeTextsInTurn) {
  json_document document;
  for (const auto size : {std::size_t{10}, std::size_t{600'000}, std::size_t{20},
                          std::size_t{2'000'000}, std::size_t{5}}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(document.parse("[\"" + text + "\"]"));
    EXPECT_EQ(document.root().to_json(), json::array({text}));
  }
}

TEST(JsonDocument, DoesNotNeedTheTextAfterParsing) {
  json_document document;
  {
    auto text = std::make_unique<std::string>(R"(["a string that is not short",1e400,12])");
    ASSERT_TRUE(document.parse(*text));
  }
  EXPECT_EQ(document.root().to_json(), json::parse(R"(["a string that is not short",null,12])"));
}

TEST(JsonDocument, CanBeMoved) {
  json_document first;
  ASSERT_TRUE(first.parse("[1]"));
  json_document second(std::move(first));
  EXPECT_EQ(second.root().to_json(), json::parse("[1]"));
  json_document third;
  third = std::move(second);
  EXPECT_EQ(third.root().to_json(), json::parse("[1]"));
}

// --- Views

// Both ways to look at the same value.
class JsonView : public ::testing::TestWithParam<bool> {
 protected:
  json_view view(std::string_view text) {
    EXPECT_TRUE(document_.parse(text)) << text;
    if (!GetParam()) return document_.root();
    value_ = document_.root().to_json();
    return json_view(value_);
  }

 private:
  json_document document_;
  json value_;
};

INSTANTIATE_TEST_SUITE_P(Parsed, JsonView, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Built, JsonView, ::testing::Values(true));

TEST_P(JsonView, NamesTheType) {
  EXPECT_EQ(view("null").type(), json_type::null);
  EXPECT_TRUE(view("null").is_null());
  EXPECT_EQ(view("true").type(), json_type::boolean);
  EXPECT_EQ(view("-1").type(), json_type::integer);
  EXPECT_EQ(view("1").type(), json_type::integer);
  EXPECT_EQ(view("18446744073709551615").type(), json_type::unsigned_integer);
  EXPECT_EQ(view("1.0").type(), json_type::floating);
  EXPECT_EQ(view(R"("")").type(), json_type::string);
  EXPECT_EQ(view("[]").type(), json_type::array);
  EXPECT_EQ(view("{}").type(), json_type::object);
  EXPECT_FALSE(view("{}").is_null());
}

TEST_P(JsonView, GivesBooleans) {
  EXPECT_EQ(view("true").boolean(), true);
  EXPECT_EQ(view("false").boolean(), false);
  for (const auto* other : {"null", "0", "1", R"("true")", "[]", "{}"}) {
    EXPECT_EQ(view(other).boolean(), std::nullopt) << other;
  }
}

TEST_P(JsonView, GivesIntegers) {
  const std::vector<std::pair<std::string_view, std::optional<std::int64_t>>> values = {
      {"0", 0},
      {"-0", 0},
      {"-5", -5},
      {"1.0", 1},
      {"-2e3", -2000},
      {"9007199254740993", 9007199254740993},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"-9.223372036854775808e18", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"9.223372036854775808e18", std::nullopt},
      {"18446744073709551616", std::nullopt},
      {"-1e19", std::nullopt},
      {"1.5", std::nullopt},
      {"1e300", std::nullopt},
      {"null", std::nullopt},
      {"true", std::nullopt},
      {R"("1")", std::nullopt},
      {"[1]", std::nullopt},
      {"{}", std::nullopt}};
  for (const auto& [text, expected] : values) EXPECT_EQ(view(text).integer(), expected) << text;
}

TEST_P(JsonView, GivesUnsignedIntegers) {
  const std::vector<std::pair<std::string_view, std::optional<std::uint64_t>>> values = {
      {"0", 0},
      {"-0", 0},
      {"7.0", 7},
      {"-0.0", 0},
      {"9223372036854775808", std::uint64_t{1} << 63U},
      {"9.223372036854775808e18", std::uint64_t{1} << 63U},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551616", std::nullopt},
      {"-1", std::nullopt},
      {"-1.0", std::nullopt},
      {"0.5", std::nullopt},
      {"null", std::nullopt},
      {R"("1")", std::nullopt}};
  for (const auto& [text, expected] : values) {
    EXPECT_EQ(view(text).unsigned_integer(), expected) << text;
  }
}

TEST_P(JsonView, GivesNumbers) {
  EXPECT_EQ(view("1").number(), 1.0);
  EXPECT_EQ(view("-1.25").number(), -1.25);
  EXPECT_EQ(view("18446744073709551615").number(), 0x1p64);
  EXPECT_EQ(view("123456789012345678901234567890").number(), 123456789012345678901234567890.0);
  for (const auto* other : {"null", "1e400", "true", R"("1")", "[]", "{}"}) {
    EXPECT_EQ(view(other).number(), std::nullopt) << other;
  }
}

TEST_P(JsonView, GivesStrings) {
  EXPECT_EQ(view(R"("")").string(), "");
  EXPECT_EQ(view(R"("a\u0000b")").string(), "a\0b"sv);
  for (const auto* other : {"null", "1", "true", "[]", "{}"}) {
    EXPECT_EQ(view(other).string(), std::nullopt) << other;
  }
}

TEST_P(JsonView, GivesElements) {
  std::vector<json_view> elements(3);
  view(R"([1,"a",[2],{"b":null}])").elements(elements);
  ASSERT_EQ(elements.size(), 4U);
  EXPECT_EQ(elements[0].integer(), 1);
  EXPECT_EQ(elements[1].string(), "a");
  EXPECT_EQ(elements[2].to_json(), json::parse("[2]"));
  EXPECT_EQ(elements[3].to_json(), json::parse(R"({"b":null})"));
  view("[]").elements(elements);
  EXPECT_TRUE(elements.empty());
}

TEST_P(JsonView, HasNoElementsUnlessItIsAnArray) {
  for (const auto* other : {"null", "1", R"("abc")", R"({"a":1})"}) {
    std::vector<json_view> elements(2);
    view(other).elements(elements);
    EXPECT_TRUE(elements.empty()) << other;
  }
}

TEST_P(JsonView, IsNotBinaryWithoutAttachments) {
  EXPECT_EQ(view("{}").binary(), std::nullopt);
  EXPECT_EQ(view(R"("abc")").binary(), std::nullopt);
  const auto placeholder = view(R"({"_placeholder":true,"num":0})");
  EXPECT_EQ(placeholder.type(), json_type::object);
  EXPECT_EQ(placeholder.binary(), std::nullopt);
  EXPECT_EQ(placeholder.to_json(), json::parse(R"({"_placeholder":true,"num":0})"));
}

TEST(JsonViewDefault, IsNull) {
  const json_view view;
  std::vector<json_view> elements(1);
  view.elements(elements);
  EXPECT_TRUE(view.is_null());
  EXPECT_TRUE(elements.empty());
  EXPECT_EQ(view.boolean(), std::nullopt);
  EXPECT_EQ(view.integer(), std::nullopt);
  EXPECT_EQ(view.unsigned_integer(), std::nullopt);
  EXPECT_EQ(view.number(), std::nullopt);
  EXPECT_EQ(view.string(), std::nullopt);
  EXPECT_EQ(view.binary(), std::nullopt);
  EXPECT_EQ(view.to_json(), nullptr);
}

TEST(JsonViewOfJson, SeesBinary) {
  const auto value = binary("\x01\x02"sv);
  EXPECT_EQ(json_view(value).type(), json_type::binary);
  EXPECT_EQ(as_text(json_view(value).binary()), "\x01\x02");
  EXPECT_EQ(json_view(value).to_json(), value);
}

TEST(JsonViewOfJson, TreatsUnsignedNumbersLikeParsedOnes) {
  const json small = 5U;
  EXPECT_EQ(json_view(small).type(), json_type::integer);
  EXPECT_EQ(json_view(small).integer(), 5);
  EXPECT_EQ(json_view(small).unsigned_integer(), 5U);
  const json large = std::uint64_t{1} << 63U;
  EXPECT_EQ(json_view(large).type(), json_type::unsigned_integer);
  EXPECT_EQ(json_view(large).integer(), std::nullopt);
  const json negative = -1;
  EXPECT_EQ(json_view(negative).unsigned_integer(), std::nullopt);
}

TEST(JsonViewOfJson, HasNoIntegerForNotANumber) {
  for (const auto value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    const json number_value = value;
    EXPECT_EQ(json_view(number_value).integer(), std::nullopt);
    EXPECT_EQ(json_view(number_value).unsigned_integer(), std::nullopt);
  }
}

// --- Attachments

class Attachments : public ::testing::Test {
 protected:
  bool bind(std::string_view text, std::size_t max_bytes = 1000, std::size_t max_count = 10) {
    EXPECT_TRUE(document_.parse(text)) << text;
    placeholder_limits limits;
    limits.count = max_count;
    limits.bytes = max_bytes;
    return document_.bind_attachments(attachments_, limits);
  }

  std::vector<shared_bytes> attachments_ = {shared_bytes("first"s), shared_bytes("\x00\xFF"s)};
  json_document document_;
};

TEST_F(Attachments, CanBeKept) {
  std::optional<shared_bytes> kept;
  {
    ASSERT_TRUE(bind(R"([{"_placeholder":true,"num":0},1])"));
    std::vector<json_view> elements;
    document_.root().elements(elements);
    kept = elements[0].shared_binary();
    EXPECT_EQ(elements[1].shared_binary(), std::nullopt);
  }
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->data(), attachments_[0].data()) << "without a copy";
  attachments_.clear();
  EXPECT_EQ(kept->characters(), "first");
  const json value = json::binary({1, 2});
  EXPECT_EQ(json_view(value).shared_binary()->characters(), "\x01\x02");
  EXPECT_EQ(json_view().shared_binary(), std::nullopt);
}

TEST_F(Attachments, TakeThePlaceOfPlaceholders) {
  ASSERT_TRUE(bind(R"(["a",{"_placeholder":true,"num":1},{"b":{"num":0,"_placeholder":true}}])"));
  std::vector<json_view> elements;
  document_.root().elements(elements);
  ASSERT_EQ(elements.size(), 3U);
  EXPECT_EQ(elements[0].type(), json_type::string);
  EXPECT_EQ(elements[1].type(), json_type::binary);
  EXPECT_EQ(as_text(elements[1].binary()), "\x00\xFF"s);
  EXPECT_EQ(elements[1].to_json(), binary("\x00\xFF"sv));
  EXPECT_EQ(elements[2].type(), json_type::object);
  EXPECT_EQ(elements[2].to_json(), (json{{"b", binary("first")}}));
}

TEST_F(Attachments, MayBeTheWholeValue) {
  ASSERT_TRUE(bind(R"({"_placeholder":true,"num":0})"));
  EXPECT_EQ(as_text(document_.root().binary()), "first");
}

TEST_F(Attachments, MayBeUnused) {
  EXPECT_TRUE(bind("[1,2]"));
  EXPECT_TRUE(bind(R"([{"_placeholder":true,"num":1}])"));
}

TEST_F(Attachments, NeedAnIndexWithinTheirNumber) {
  for (const auto* index : {"2", "-1", "0.5", "1.5", "1e400", "18446744073709551616", "\"0\"",
                            "null", "true", "[0]", "{}", "18446744073709551615"}) {
    EXPECT_FALSE(bind(R"(["a",{"_placeholder":true,"num":)" + std::string(index) + "}]")) << index;
  }
  EXPECT_FALSE(bind(R"(["a",{"_placeholder":true}])"));
  EXPECT_FALSE(bind(R"([{"b":[{"_placeholder":true,"num":2}]}])"));
}

TEST_F(Attachments, MayLeaveObjectsAloneThatLookLikePlaceholders) {
  placeholder_limits limits;
  limits.others = socketio::other_placeholders::kept;
  ASSERT_TRUE(document_.parse(
      R"([{"_placeholder":true,"num":0.0},{"_placeholder":true,"num":2},{"_placeholder":true},)"
      R"({"_placeholder":true,"num":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}])"));
  ASSERT_TRUE(document_.bind_attachments(attachments_, limits));
  const auto other = [](const json& index) { return json{{"_placeholder", true}, {"num", index}}; };
  EXPECT_EQ(document_.root().to_json(),
            json::array({other(0.0), other(2), json{{"_placeholder", true}}, other(binary("first")),
                         binary("\x00\xFF"sv)}));
  std::vector<json_view> elements;
  document_.root().elements(elements);
  EXPECT_EQ(elements[1].type(), json_type::object);
  EXPECT_EQ(elements[1].shared_binary(), std::nullopt);
  limits.count = 1;
  EXPECT_FALSE(document_.bind_attachments(attachments_, limits)) << "two are placeholders";
}

TEST_F(Attachments, LeaveOtherObjectsAlone) {
  for (const auto* text :
       {R"([{"_placeholder":false,"num":9}])", R"([{"_placeholder":"true","num":9}])",
        R"([{"_placeholder":1,"num":9}])", R"([{"num":9}])", R"([["_placeholder",true]])"}) {
    ASSERT_TRUE(bind(text)) << text;
    EXPECT_EQ(document_.root().to_json(), json::parse(text)) << text;
  }
}

TEST_F(Attachments, MayRepeatWithinTheLimit) {
  const auto text = R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])";
  EXPECT_TRUE(bind(text, 10));
  EXPECT_EQ(document_.root().to_json(), json::array({binary("first"), binary("first")}));
  EXPECT_FALSE(bind(text, 9));
}

TEST_F(Attachments, MayBeNamedAsOftenAsTheLimitSays) {
  const auto text =
      R"([{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":0}]},{"_placeholder":true,"num":1}])";
  EXPECT_TRUE(bind(text, 1000, 3));
  EXPECT_FALSE(bind(text, 1000, 2));
  EXPECT_TRUE(bind(R"([{"_placeholder":false,"num":0}])", 1000, 0));
}

TEST_F(Attachments, CountTogetherForTheLimit) {
  const auto text = R"([{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}])";
  EXPECT_TRUE(bind(text, 7));
  EXPECT_FALSE(bind(text, 6));
  EXPECT_FALSE(bind(text, 0));
}

TEST_F(Attachments, AreForgottenWithTheNextText) {
  ASSERT_TRUE(bind(R"([{"_placeholder":true,"num":0}])"));
  ASSERT_TRUE(document_.parse(R"({"_placeholder":true,"num":7})"));
  EXPECT_EQ(document_.root().binary(), std::nullopt);
  EXPECT_EQ(document_.root().type(), json_type::object);
}

// The value that decides is the last one, as for any other key.
TEST_F(Attachments, TakeTheLastOfRepeatedKeys) {
  ASSERT_TRUE(bind(R"([{"_placeholder":true,"num":0,"num":1}])"));
  EXPECT_EQ(document_.root().to_json(), json::array({binary("\x00\xFF"sv)}));
  ASSERT_TRUE(bind(R"([{"_placeholder":true,"num":9,"num":1}])"));
  ASSERT_TRUE(bind(R"([{"_placeholder":true,"num":9,"_placeholder":false}])"));
  EXPECT_FALSE(bind(R"([{"_placeholder":true,"num":0,"num":9}])"));
}

// --- Writing

TEST(AppendJsonNumber, WritesWhatJavaScriptWrites) {
  // The texts come from JSON.stringify.
  const std::vector<std::pair<double, std::string_view>> numbers = {
      {1.0, "1"},
      {-1.0, "-1"},
      {1e-1, "0.1"},
      {-1e-1, "-0.1"},
      {5e-1, "0.5"},
      {1.5, "1.5"},
      {1e2, "100"},
      {1e5, "100000"},
      {1.23456789e8, "123456789"},
      {1e15, "1000000000000000"},
      {1e16, "10000000000000000"},
      {9.007199254740991e15, "9007199254740991"},
      {9.007199254740992e15, "9007199254740992"},
      {1e17, "100000000000000000"},
      {1.2345678901234567e20, "123456789012345670000"},
      {1.2345678901234568e20, "123456789012345680000"},
      {9.999999999999999e20, "999999999999999900000"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {-1e21, "-1e+21"},
      {1.5e21, "1.5e+21"},
      {1e22, "1e+22"},
      {1e23, "1e+23"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {5e-324, "5e-324"},
      {-5e-324, "-5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1e-5, "0.00001"},
      {1e-6, "0.000001"},
      {1.5e-6, "0.0000015"},
      {1e-7, "1e-7"},
      {-1e-7, "-1e-7"},
      {1.5e-7, "1.5e-7"},
      {1e-10, "1e-10"},
      {1.23e-9, "1.23e-9"},
      {1e-100, "1e-100"},
      {1e100, "1e+100"},
      {1.234e100, "1.234e+100"},
      {3.141592653589793, "3.141592653589793"},
      {2.718281828459045, "2.718281828459045"},
      {3.0000000000000004e-1, "0.30000000000000004"},
      {3.333333333333333e-1, "0.3333333333333333"},
      {6.666666666666666e-1, "0.6666666666666666"},
      {1.23456e2, "123.456"},
      {-1.23456e2, "-123.456"},
      {4.294967295e9, "4294967295"},
      {4.294967296e9, "4294967296"},
      {2.147483647e9, "2147483647"},
      {-2.147483648e9, "-2147483648"},
      {9.223372036854776e18, "9223372036854776000"},
      {1.8446744073709552e19, "18446744073709552000"},
      {-9.223372036854776e18, "-9223372036854776000"},
      {1e19, "10000000000000000000"},
      {1.2345678901234567e19, "12345678901234567000"},
      {1.234e-6, "0.000001234"},
      {1.1, "1.1"},
      {2.5e-8, "2.5e-8"},
      {4.35, "4.35"},
      {7.999999999999999e-1, "0.7999999999999999"},
      {5e20, "500000000000000000000"},
      {4.503599627370498e15, "4503599627370498"},
      {8.41e21, "8.41e+21"},
      {2e-3, "0.002"},
      {1.0000000000000001e18, "1000000000000000100"},
      {6.02214076e23, "6.02214076e+23"},
      {1.0000000000000002, "1.0000000000000002"}};
  for (const auto& [value, expected] : numbers) EXPECT_EQ(number(value), expected) << value;
}

TEST(AppendJsonNumber, WritesNoSignOfZero) {
  EXPECT_EQ(number(0.0), "0");
  EXPECT_EQ(number(-0.0), "0");
}

TEST(AppendJsonNumber, WritesNullForWhatJsonHasNoNumberFor) {
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

TEST(AppendJsonNumber, Appends) {
  std::string output = "[";
  append_json_number(output, 1.5);
  append_json_number(output, 1e21);
  EXPECT_EQ(output, "[1.51e+21");
}

TEST(AppendJsonString, EscapesWhatItHasTo) {
  EXPECT_EQ(string_literal(""), R"("")");
  EXPECT_EQ(string_literal("plain / text"), R"("plain / text")");
  EXPECT_EQ(string_literal("\"\\"), R"("\"\\")");
  EXPECT_EQ(string_literal("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(string_literal("\0\x01\x0B\x1F"sv), R"("\u0000\u0001\u000b\u001f")");
  EXPECT_EQ(string_literal("a\"b\"c"), R"("a\"b\"c")");
  EXPECT_EQ(string_literal("\x7F\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80"),
            "\"\x7F\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80\"");
}

TEST(AppendJsonString, ReplacesInvalidUtf8) {
  EXPECT_EQ(string_literal("\xFF"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(string_literal("a\x80z"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(string_literal("\xC3\"\n"), "\"\xEF\xBF\xBD\\\"\\n\"");
  EXPECT_EQ(string_literal("\xC3\xA9\xC3"), "\"\xC3\xA9\xEF\xBF\xBD\"");
  EXPECT_EQ(string_literal("\xF0\x9F\x98\x80\xFE"), "\"\xF0\x9F\x98\x80\xEF\xBF\xBD\"");
}

TEST(AppendJsonString, WritesOnlyValidUtf8) {
  for (int first = 0; first < 256; ++first) {
    for (const auto second : {0x00, 0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xFF}) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second), 'z'};
      EXPECT_TRUE(accepts(string_literal(text))) << first << ' ' << second;
    }
  }
}

TEST(AppendJson, WritesCompactly) {
  EXPECT_EQ(written(nullptr), "null");
  EXPECT_EQ(written(true), "true");
  EXPECT_EQ(written(false), "false");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(1.0), "1");
  EXPECT_EQ(written("a\n"), R"("a\n")");
  EXPECT_EQ(written(json::array()), "[]");
  EXPECT_EQ(written(json::object()), "{}");
  EXPECT_EQ(written(json::array({1, "a", nullptr, json::array()})), R"([1,"a",null,[]])");
  EXPECT_EQ(written(json{{"z", 1}, {"a", json{{"b", 0.5}}}}), R"({"z":1,"a":{"b":0.5}})");
}

TEST(AppendJson, EscapesKeys) {
  EXPECT_EQ(written(json{{"a\"\n\xFF", 1}}), "{\"a\\\"\\n\xEF\xBF\xBD\":1}");
}

TEST(AppendJson, WritesNullForNotANumber) {
  EXPECT_EQ(written(json::array({std::numeric_limits<double>::quiet_NaN(),
                                 std::numeric_limits<double>::infinity()})),
            "[null,null]");
}

std::vector<std::string> texts_of(const std::vector<shared_bytes>& attachments) {
  std::vector<std::string> texts;
  for (const auto& each : attachments) texts.emplace_back(each.characters());
  return texts;
}

TEST(AppendJson, WritesPlaceholdersDepthFirst) {
  std::string output;
  std::vector<shared_bytes> attachments;
  append_json(output,
              json::array({"e", binary("one"), json{{"a", json::array({binary("two")})}, {"b", 1}},
                           binary("")}),
              attachments);
  EXPECT_EQ(output,
            R"(["e",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}],"b":1},)"
            R"({"_placeholder":true,"num":2}])");
  EXPECT_EQ(texts_of(attachments), (std::vector<std::string>{"one", "two", ""}));
}

TEST(AppendJson, GoesOnAfterTheAttachmentsThereAre) {
  std::string output;
  std::vector<shared_bytes> attachments = {shared_bytes("zero"s)};
  append_json(output, binary("one"), attachments);
  EXPECT_EQ(output, R"({"_placeholder":true,"num":1})");
  EXPECT_EQ(texts_of(attachments), (std::vector<std::string>{"zero", "one"}));
}

TEST(AppendJson, WritesWhatBindingReadsBack) {
  const auto value =
      json::array({"event", binary("\x00\x01\x02"sv), json{{"deep", json::array({binary("x")})}}});
  std::string output;
  std::vector<shared_bytes> attachments;
  append_json(output, value, attachments);
  json_document document;
  ASSERT_TRUE(document.parse(output));
  ASSERT_TRUE(document.bind_attachments(attachments));
  EXPECT_EQ(document.root().to_json(), value);
}

json nested(std::size_t depth, bool objects) {
  json value = 1;
  for (std::size_t i = 0; i < depth; ++i) {
    json outer = objects ? json::object() : json::array();
    if (objects) {
      outer["a"] = std::move(value);
    } else {
      outer.push_back(std::move(value));
    }
    value = std::move(outer);
  }
  return value;
}

TEST(AppendJson, WritesUpToTheGreatestDepth) {
  EXPECT_EQ(written(nested(128, false)), repeat("[", 128) + "1" + repeat("]", 128));
  EXPECT_EQ(written(nested(128, true)), repeat(R"({"a":)", 128) + "1" + repeat("}", 128));
}

TEST(AppendJson, RefusesWhatIsNestedTooDeeply) {
  std::string output;
  std::vector<shared_bytes> attachments;
  EXPECT_THROW(append_json(output, nested(129, false), attachments), std::invalid_argument);
  EXPECT_THROW(append_json(output, nested(129, true), attachments), std::invalid_argument);
}

TEST(AppendPlaceholder, Appends) {
  std::string output = "[";
  socketio::append_placeholder(output, 0);
  socketio::append_placeholder(output, 12);
  EXPECT_EQ(output, R"([{"_placeholder":true,"num":0}{"_placeholder":true,"num":12})");
}

// --- Elements as they are written

TEST(JsonArrayElement, IsTheTextAsItIsWritten) {
  constexpr std::string_view array =
      R"( ["na,me", "a \"quoted\" [text", "ends in \\", {"x" : [1, "}"], "y":{}}, [ [],[1,2] ], 1.0 ,null,"last"])";
  const std::vector<std::string_view> elements = {R"("na,me")",
                                                  R"("a \"quoted\" [text")",
                                                  R"("ends in \\")",
                                                  R"({"x" : [1, "}"], "y":{}})",
                                                  "[ [],[1,2] ]",
                                                  "1.0",
                                                  "null",
                                                  R"("last")"};
  for (std::size_t i = 0; i < elements.size(); ++i) {
    EXPECT_EQ(socketio::json_array_element(array, i), elements[i]) << i;
  }
  EXPECT_EQ(socketio::json_array_element(array, elements.size()), "");
  EXPECT_EQ(socketio::json_array_element("[]", 0), "");
  EXPECT_EQ(socketio::json_array_element("[1]", 0), "1");
  EXPECT_EQ(socketio::json_array_element("[1]", 1), "");
}

}  // namespace
