#include <socketio/arguments.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct point {
  int x = 0;
  int y = 0;

  bool operator==(const point&) const = default;
};

template <class Json>
void to_json(Json& value, const point& from) {
  value = Json{{"x", from.x}, {"y", from.y}};
}

template <class Json>
void from_json(const Json& value, point& to) {
  to.x = value.at("x").template get<int>();
  to.y = value.at("y").template get<int>();
}

using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::arguments;
using socketio::binary;
using socketio::encoded_arguments;
using socketio::json;
using socketio::json_document;
using socketio::json_view;
using socketio::detail::append_arguments;
using socketio::detail::read_argument;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

binary bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

json binary_json(std::string_view text) {
  return json::binary({text.begin(), text.end()});
}

template <class... Values>
std::string text_of(const Values&... values) {
  encoded_arguments output;
  append_arguments(output, values...);
  EXPECT_THAT(output.attachments, IsEmpty());
  return output.json;
}

template <class T>
std::optional<T> read(std::string_view text) {
  json_document document;
  EXPECT_TRUE(document.parse(text)) << text;
  return read_argument<T>(document.root());
}

// --- Writing

TEST(AppendArguments, WritesEveryKindOfValue) {
  EXPECT_EQ(text_of(), "[]");
  EXPECT_EQ(text_of("event"), R"(["event"])");
  EXPECT_EQ(text_of("e", "text", "string"s, "view"sv), R"(["e","text","string","view"])");
  EXPECT_EQ(text_of(1, -2, std::int8_t{-3}, std::uint8_t{200}), "[1,-2,-3,200]");
  EXPECT_EQ(
      text_of(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max()),
      "[-9223372036854775808,18446744073709551615]");
  EXPECT_EQ(text_of(1.0, 0.5, -0.0, 1e21, 0.5F), "[1,0.5,0,1e+21,0.5]");
  EXPECT_EQ(text_of(std::numeric_limits<double>::quiet_NaN()), "[null]");
  EXPECT_EQ(text_of(true, false, nullptr), "[true,false,null]");
  EXPECT_EQ(text_of(std::optional<int>(1), std::optional<int>(), std::optional<std::string>("a")),
            R"([1,null,"a"])");
  EXPECT_EQ(text_of(std::vector<int>{1, 2}, std::map<std::string, int>{{"a", 1}}),
            R"([[1,2],{"a":1}])");
  EXPECT_EQ(text_of(point{1, 2}), R"([{"x":1,"y":2}])");
  EXPECT_EQ(text_of(json{{"z", 1}, {"a", nullptr}}), R"([{"z":1,"a":null}])");
  EXPECT_EQ(text_of(nlohmann::json{{"z", 1}}), R"([{"z":1}])");
}

TEST(AppendArguments, EscapesStrings) {
  EXPECT_EQ(text_of("\"\\\n\x01"s), R"(["\"\\\n\u0001"])");
  EXPECT_EQ(text_of("\xFF"), "[\"\xEF\xBF\xBD\"]");
}

TEST(AppendArguments, MakesAttachmentsOfBytes) {
  encoded_arguments output;
  const auto one = bytes("one");
  append_arguments(output, "e", one, std::vector<std::uint8_t>{1, 2},
                   std::span<const std::byte>(one), json{{"a", binary_json("deep")}}, binary());
  EXPECT_EQ(output.json, R"(["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},)"
                         R"({"_placeholder":true,"num":2},{"a":{"_placeholder":true,"num":3}},)"
                         R"({"_placeholder":true,"num":4}])");
  EXPECT_THAT(output.attachments, ElementsAre("one", "\x01\x02", "one", "deep", ""));
}

TEST(AppendArguments, WritesArgumentsAsThatMany) {
  json_document document;
  ASSERT_TRUE(document.parse(R"([1,"two",[3]])"));
  std::vector<json_view> values;
  document.root().elements(values);
  EXPECT_EQ(text_of("e", arguments(values), 4), R"(["e",1,"two",[3],4])");
  EXPECT_EQ(text_of(arguments(values)), R"([1,"two",[3]])");
  EXPECT_EQ(text_of("e", arguments()), R"(["e"])");
  EXPECT_EQ(text_of(arguments(), "e"), R"(["e"])");
  EXPECT_EQ(text_of(values[2]), "[[3]]");
}

TEST(AppendArguments, SeparatesAfterAStringThatEndsInABracket) {
  EXPECT_EQ(text_of("[", "["), R"(["[","["])");
}

// --- Reading

TEST(ReadArgument, ReadsIntegersWithinTheirRange) {
  EXPECT_EQ(read<int>("5"), 5);
  EXPECT_EQ(read<int>("5.0"), 5);
  EXPECT_EQ(read<int>("-2147483648"), std::numeric_limits<int>::min());
  EXPECT_EQ(read<int>("2147483648"), std::nullopt);
  EXPECT_EQ(read<int>("5.5"), std::nullopt);
  EXPECT_EQ(read<std::int8_t>("-128"), -128);
  EXPECT_EQ(read<std::int8_t>("-129"), std::nullopt);
  EXPECT_EQ(read<std::uint8_t>("255"), 255);
  EXPECT_EQ(read<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(read<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(read<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read<std::int64_t>("18446744073709551615"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("9007199254740993"), 9007199254740993);
  for (const auto* other : {"null", "true", R"("5")", "[5]", "{}"}) {
    EXPECT_EQ(read<int>(other), std::nullopt) << other;
    EXPECT_EQ(read<unsigned>(other), std::nullopt) << other;
  }
}

TEST(ReadArgument, ReadsFloatingPointNumbers) {
  EXPECT_EQ(read<double>("5"), 5.0);
  EXPECT_EQ(read<double>("-1.5e3"), -1500.0);
  EXPECT_EQ(read<float>("0.5"), 0.5F);
  EXPECT_EQ(read<double>("1e400"), std::nullopt);
  EXPECT_EQ(read<double>(R"("1")"), std::nullopt);
}

TEST(ReadArgument, ReadsBooleansAsSuchOnly) {
  EXPECT_EQ(read<bool>("true"), true);
  EXPECT_EQ(read<bool>("false"), false);
  for (const auto* other : {"null", "0", "1", R"("true")"}) {
    EXPECT_EQ(read<bool>(other), std::nullopt) << other;
  }
}

TEST(ReadArgument, ReadsStrings) {
  EXPECT_EQ(read<std::string>(R"("a\u0000b")"), "a\0b"s);
  for (const auto* other : {"null", "0", "[]", R"(["a"])"}) {
    EXPECT_EQ(read<std::string>(other), std::nullopt) << other;
  }
  json_document document;
  ASSERT_TRUE(document.parse(R"("view")"));
  EXPECT_EQ(read_argument<std::string_view>(document.root()), "view");
}

TEST(ReadArgument, ReadsOptionalValues) {
  EXPECT_EQ(read<std::optional<int>>("5"), std::optional<std::optional<int>>(5));
  const auto missing = read<std::optional<int>>("null");
  ASSERT_TRUE(missing.has_value());
  EXPECT_FALSE(missing->has_value());
  EXPECT_FALSE(read<std::optional<int>>(R"("5")").has_value()) << "wrong is not missing";
  EXPECT_EQ(read_argument<std::optional<std::string>>(json_view{}).value(), std::nullopt);
}

TEST(ReadArgument, ReadsJson) {
  EXPECT_EQ(read<json>(R"({"b":1,"a":[2]})")->dump(), R"({"b":1,"a":[2]})");
  EXPECT_EQ(read<json>("null"), json(nullptr));
}

TEST(ReadArgument, ReadsWhateverNlohmannConverts) {
  EXPECT_EQ(read<std::vector<int>>("[1,2]"), (std::vector<int>{1, 2}));
  EXPECT_EQ((read<std::map<std::string, int>>(R"({"a":1})")),
            (std::map<std::string, int>{{"a", 1}}));
  EXPECT_EQ(read<point>(R"({"x":1,"y":2})"), (point{1, 2}));
  EXPECT_EQ(read<point>(R"({"x":1})"), std::nullopt);
  EXPECT_EQ(read<point>(R"({"x":1,"y":"2"})"), std::nullopt);
  EXPECT_EQ(read<point>("null"), std::nullopt);
  EXPECT_EQ(read<std::vector<int>>(R"(["a"])"), std::nullopt);
  EXPECT_EQ(read<std::vector<int>>("null"), std::nullopt);
  EXPECT_EQ(read<std::optional<point>>(R"({"x":1,"y":2})").value(), (point{1, 2}));
}

TEST(ReadArgument, ReadsBytes) {
  const auto value = binary_json("\x00\xFF"sv);
  const json_view view(value);
  EXPECT_EQ(read_argument<binary>(view), bytes("\x00\xFF"sv));
  EXPECT_EQ(read_argument<std::vector<std::uint8_t>>(view), (std::vector<std::uint8_t>{0, 255}));
  EXPECT_EQ(read_argument<std::span<const std::byte>>(view)->size(), 2U);
  EXPECT_EQ(read_argument<json>(view), value);
  EXPECT_EQ(read_argument<std::string>(view), std::nullopt);
  EXPECT_EQ(read_argument<std::span<const std::byte>>(json_view{}), std::nullopt);
  EXPECT_EQ(read<binary>(R"("text")"), std::nullopt);
  EXPECT_EQ(read<std::vector<std::uint8_t>>("[1,2]"), (std::vector<std::uint8_t>{1, 2}));
}

// --- arguments

TEST(Arguments, GivesItsValues) {
  json_document document;
  ASSERT_TRUE(document.parse(R"([1,"two"])"));
  std::vector<json_view> values;
  document.root().elements(values);
  const arguments all(values);
  EXPECT_EQ(all.size(), 2U);
  EXPECT_FALSE(all.empty());
  EXPECT_EQ(all[0].integer(), 1);
  EXPECT_EQ(all[1].string(), "two");
  EXPECT_TRUE(all[2].is_null());
  EXPECT_TRUE(all[std::numeric_limits<std::size_t>::max()].is_null());
  EXPECT_EQ(all.to_json(), json::array({1, "two"}));
  EXPECT_EQ(std::distance(all.begin(), all.end()), 2);
}

TEST(Arguments, MayBeEmpty) {
  const arguments none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none[0].is_null());
  EXPECT_EQ(none.to_json(), json::array());
}

}  // namespace
