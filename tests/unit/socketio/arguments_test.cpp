#include <socketio/arguments.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
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

// A type that holds bytes, and floats.
struct picture {
  std::vector<std::uint8_t> data;
  std::optional<std::vector<std::byte>> thumbnail;
  float scale = 0;

  bool operator==(const picture&) const = default;
};

template <class Json>
void to_json(Json& value, const picture& from) {
  value = Json{{"data", from.data}, {"thumbnail", from.thumbnail}, {"scale", from.scale}};
}

template <class Json>
void from_json(const Json& value, picture& to) {
  value.at("data").get_to(to.data);
  if (const auto& thumbnail = value.at("thumbnail"); !thumbnail.is_null()) {
    thumbnail.get_to(to.thumbnail.emplace());
  }
  value.at("scale").get_to(to.scale);
}

// Types with nlohmann_json's macros.
class login {
 public:
  login() = default;
  explicit login(std::string name, int tries = 0) : name_(std::move(name)), tries_(tries) {}

  bool operator==(const login&) const = default;

 private:
  std::string name_;
  int tries_ = 0;

  NLOHMANN_DEFINE_TYPE_INTRUSIVE(login, name_, tries_)
};

struct session {
  login user;
  std::vector<int> marks;

  bool operator==(const session&) const = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(session, user, marks)

struct settings {
  int volume = 7;
  bool dark = true;

  bool operator==(const settings&) const = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(settings, volume, dark)

enum class color { red, blue };
NLOHMANN_JSON_SERIALIZE_ENUM(color, {{color::red, "red"}, {color::blue, "blue"}})

// Types that nlohmann_json would convert by itself, with functions of their own for its types.
enum class shade { dark, light };

void to_json(nlohmann::json& value, const shade& from) {
  value = from == shade::dark ? "dark" : "light";
}

void from_json(const nlohmann::json& value, shade& to) {
  to = value.get<std::string>() == "dark" ? shade::dark : shade::light;
}

struct names : std::vector<std::string> {};

void to_json(nlohmann::ordered_json& value, const names& from) {
  value["count"] = from.size();
}

void from_json(const nlohmann::ordered_json& value, names& to) {
  to.resize(value.at("count").get<std::size_t>());
}

using namespace std::string_literals;
using namespace std::string_view_literals;
using socketio::arguments;
using socketio::binary;
using socketio::encoded_arguments;
using socketio::json;
using socketio::json_document;
using socketio::json_view;
using socketio::shared_bytes;
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

// What is read of a value that has been written.
template <class T>
std::optional<T> round_trip(const T& value) {
  encoded_arguments output;
  append_arguments(output, value);
  json_document document;
  EXPECT_TRUE(document.parse(output.json)) << output.json;
  EXPECT_TRUE(document.bind_attachments(output.attachments)) << output.json;
  std::vector<json_view> values;
  document.root().elements(values);
  return read_argument<T>(values.at(0));
}

// The text of an argument, with each attachment as it is.
template <class... Values>
std::string text_with_attachments(const Values&... values) {
  encoded_arguments output;
  append_arguments(output, values...);
  for (const auto& attachment : output.attachments) {
    output.json.append("|").append(attachment.characters());
  }
  return output.json;
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
  std::vector<std::string_view> texts;
  for (const auto& each : output.attachments) texts.push_back(each.characters());
  EXPECT_THAT(texts, ElementsAre("one", "\x01\x02", "one", "deep", ""));
}

TEST(AppendArguments, TakesOverBytesThatAreMovedIn) {
  auto moved = bytes("moved");
  const auto* place = moved.data();
  std::vector<std::uint8_t> numbers = {1, 2};
  const auto* place_of_numbers = reinterpret_cast<const std::byte*>(numbers.data());
  auto copied = bytes("copied");
  const shared_bytes shared(bytes("shared"));
  encoded_arguments output;
  append_arguments(output, "e", std::move(moved), std::move(numbers), copied, std::as_const(copied),
                   shared, std::optional(shared));
  ASSERT_EQ(output.attachments.size(), 6U);
  EXPECT_EQ(output.attachments[0].data(), place);
  EXPECT_EQ(output.attachments[0].characters(), "moved");
  EXPECT_EQ(output.attachments[1].data(), place_of_numbers);
  EXPECT_EQ(output.attachments[2].characters(), "copied");
  EXPECT_NE(output.attachments[2].data(), copied.data());
  EXPECT_EQ(output.attachments[3].characters(), "copied");
  EXPECT_EQ(output.attachments[4].data(), shared.data());
  EXPECT_EQ(output.attachments[5].data(), shared.data());
  EXPECT_EQ(copied, bytes("copied"));
}

TEST(AppendArguments, WritesSharedBytesWithinContainers) {
  const shared_bytes shared(bytes("s"));
  EXPECT_EQ(text_with_attachments(std::vector{shared}, json{{"a", shared}}),
            R"([[{"_placeholder":true,"num":0}],{"a":{"_placeholder":true,"num":1}}]|s|s)");
  EXPECT_EQ(round_trip(std::vector{shared}), std::vector{shared});
}

TEST(SharedBytes, HavePartsThatKeepAllOfThem) {
  shared_bytes part;
  const std::byte* place = nullptr;
  {
    const shared_bytes whole(std::string(1000, 'x') + "part");
    place = whole.data() + 1000;
    part = whole.part(1000, 4);
    EXPECT_EQ(part.owner(), whole.owner());
    EXPECT_TRUE(whole.part(1004, 0).empty());
  }
  EXPECT_EQ(part.characters(), "part");
  EXPECT_EQ(part.data(), place);
}

TEST(SharedBytes, KeepWhatTheyShare) {
  EXPECT_TRUE(shared_bytes().empty());
  EXPECT_EQ(shared_bytes().characters(), "");
  EXPECT_EQ(shared_bytes(), shared_bytes::copy({}));
  std::weak_ptr<const void> watched;
  {
    const auto owner = std::make_shared<std::string>("owned elsewhere");
    watched = owner;
    const shared_bytes part(owner, std::as_bytes(std::span(*owner)).subspan(6));
    const auto copy = part;
    EXPECT_EQ(copy.characters(), "elsewhere");
    EXPECT_EQ(copy.data(), part.data());
    EXPECT_EQ(copy, shared_bytes("elsewhere"s));
    EXPECT_FALSE(copy == shared_bytes("elsewherE"s));
  }
  EXPECT_TRUE(watched.expired());
}

TEST(AppendArguments, MakesAttachmentsOfBytesOfEveryKind) {
  std::array<std::byte, 1> fixed = {std::byte{'a'}};
  const std::array<std::uint8_t, 1> numbers = {'b'};
  const std::uint8_t c_array[] = {'c'};
  const std::string placeholders =
      R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}])";
  EXPECT_EQ(text_with_attachments(fixed, numbers, c_array), placeholders + "|a|b|c");
  EXPECT_EQ(text_with_attachments(std::span(fixed), std::span<const std::byte, 1>(fixed),
                                  std::span<const std::uint8_t>(numbers)),
            placeholders + "|a|a|b");
  EXPECT_EQ(text_with_attachments(nlohmann::json::binary({'d'}),
                                  nlohmann::ordered_json::binary({'e'}), json::binary_t({'f'})),
            placeholders + "|d|e|f");
}

TEST(AppendArguments, MakesAttachmentsOfBytesWhereverTheyAreHeld) {
  const auto one = bytes("one");
  const std::string placeholder = R"({"_placeholder":true,"num":0})";
  EXPECT_EQ(text_with_attachments(std::vector{one, bytes("two")}),
            "[[" + placeholder + R"(,{"_placeholder":true,"num":1}]]|one|two)");
  EXPECT_EQ(text_with_attachments(std::map<std::string, binary>{{"a", one}}),
            R"([{"a":)" + placeholder + "}]|one");
  EXPECT_EQ(text_with_attachments(std::pair(1, one)), "[[1," + placeholder + "]]|one");
  EXPECT_EQ(text_with_attachments(std::tuple(one, "x", nullptr)),
            "[[" + placeholder + R"(,"x",null]]|one)");
  EXPECT_EQ(text_with_attachments(std::optional(one)), "[" + placeholder + "]|one");
  EXPECT_EQ(text_with_attachments(std::vector<std::optional<binary>>{one, {}}),
            "[[" + placeholder + ",null]]|one");
  EXPECT_EQ(text_with_attachments(picture{{'p'}, bytes("t"), 0.1F}),
            R"([{"data":{"_placeholder":true,"num":0},"thumbnail":{"_placeholder":true,"num":1},)"
            R"("scale":0.1}]|p|t)");
  EXPECT_EQ(text_with_attachments(json{{"a", one}}), R"([{"a":)" + placeholder + "}]|one");
  EXPECT_EQ(text_with_attachments(nlohmann::json{{"a", nlohmann::json::binary({'x'})}}),
            R"([{"a":)" + placeholder + "}]|x");
}

TEST(AppendArguments, WritesUtf8AsText) {
  const char8_t* const pointer = u8"\u00e9";
  EXPECT_EQ(text_of(u8"\u00e9", std::u8string(u8"\u00e9"), std::u8string_view(u8"\u00e9"), pointer),
            "[\"\xC3\xA9\",\"\xC3\xA9\",\"\xC3\xA9\",\"\xC3\xA9\"]");
  EXPECT_EQ(text_of(std::vector<std::u8string>{u8"\u00e9"}, json{{"a", u8"\u00e9"}}),
            "[[\"\xC3\xA9\"],{\"a\":\"\xC3\xA9\"}]");
}

TEST(AppendArguments, WritesTheShortestDecimalOfAFloat) {
  EXPECT_EQ(text_of(0.1F, 1e-6F, 1e10F, 1.2345679e20F, 1e21F, 16777216.0F, -0.0F),
            "[0.1,0.000001,10000000000,123456790000000000000,1e+21,16777216,0]");
  EXPECT_EQ(text_of(std::vector{0.1F}, std::optional(0.1F), json(0.1F), std::pair(0.1F, 0.1)),
            "[[0.1],0.1,0.1,[0.1,0.1]]");
  EXPECT_EQ(text_of(std::numeric_limits<float>::infinity()), "[null]");
}

TEST(AppendArguments, WritesTypesWithMacros) {
  EXPECT_EQ(text_of(login("ann", 2)), R"([{"name_":"ann","tries_":2}])");
  EXPECT_EQ(text_of(session{login("ann"), {1}}),
            R"([{"marks":[1],"user":{"name_":"ann","tries_":0}}])");
  EXPECT_EQ(text_of(settings{}), R"([{"dark":true,"volume":7}])");
  EXPECT_EQ(text_of(color::blue), R"(["blue"])");
  EXPECT_EQ(text_of(std::vector{login("ann")}, std::map<std::string, color>{{"a", color::red}},
                    std::optional(login("bob")), std::optional<int>()),
            R"([[{"name_":"ann","tries_":0}],{"a":"red"},{"name_":"bob","tries_":0},null])");
  EXPECT_EQ(text_of(json{{"a", login("ann")}}), R"([{"a":{"name_":"ann","tries_":0}}])");
}

TEST(AppendArguments, PrefersATypesOwnFunctions) {
  names three;
  three.resize(3);
  EXPECT_EQ(text_of(shade::light, std::vector{shade::dark}, three),
            R"(["light",["dark"],{"count":3}])");
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

TEST(ReadArgument, ReadsBytesWhereverTheyAreHeld) {
  const auto one = bytes("one");
  const auto round_trips = [](const auto& value) { EXPECT_EQ(round_trip(value), value); };
  round_trips(std::array<std::byte, 2>{std::byte{1}, std::byte{2}});
  round_trips(std::array<std::uint8_t, 2>{1, 2});
  round_trips(std::vector{one, bytes("")});
  round_trips(std::map<std::string, binary>{{"a", one}, {"b", {}}});
  round_trips(std::unordered_map<std::string, std::vector<binary>>{{"a", {one}}});
  round_trips(std::pair(1, one));
  round_trips(std::tuple(one, std::string("x"), 0.1F));
  round_trips(std::array<binary, 2>{one, one});
  round_trips(std::vector<std::optional<binary>>{one, {}});
  round_trips(std::list<binary>{one, one});
  round_trips(picture{{1, 2}, one, 0.1F});
  round_trips(picture{{1, 2}, {}, 0.1F});
  round_trips(std::vector{picture{{1}, one, 0.1F}});
}

TEST(ReadArgument, ReadsBytesOfTheRightNumber) {
  const auto value = binary_json("ab");
  const json_view view(value);
  EXPECT_EQ((read_argument<std::array<std::byte, 3>>(view)), std::nullopt);
  EXPECT_EQ((read_argument<std::array<std::uint8_t, 1>>(view)), std::nullopt);
  EXPECT_EQ(read_argument<std::span<const std::uint8_t>>(view)->size(), 2U);
  EXPECT_EQ(read<std::span<const std::uint8_t>>("[1,2]"), std::nullopt) << "nothing to look at";
  EXPECT_EQ(read<std::vector<std::uint8_t>>("[1,256]"), std::nullopt);
  EXPECT_EQ(read<binary>("[1,256]"), std::nullopt);
  EXPECT_EQ(read<binary>("[1,255]"), (binary{std::byte{1}, std::byte{255}}));
  EXPECT_EQ((read<std::array<std::uint8_t, 2>>("[1,2]")), (std::array<std::uint8_t, 2>{1, 2}));
}

TEST(ReadArgument, ReadsContainersAsStrictlyAsTheirElements) {
  EXPECT_EQ((read<std::map<std::string, int>>(R"({"a":1.5})")), std::nullopt);
  EXPECT_EQ((read<std::map<std::string, std::uint8_t>>(R"({"a":300})")), std::nullopt);
  EXPECT_EQ((read<std::map<std::string, int>>("[]")), std::nullopt);
  EXPECT_EQ((read<std::map<std::string, int>>(R"({"a":1,"b":2,"a":3})")),
            (std::map<std::string, int>{{"a", 3}, {"b", 2}}));
  EXPECT_EQ((read<std::map<std::string, std::optional<int>>>(R"({"a":null})")),
            (std::map<std::string, std::optional<int>>{{"a", {}}}));
  EXPECT_EQ((read<std::pair<int, std::string>>(R"([1,"a"])")), std::pair(1, "a"s));
  EXPECT_EQ((read<std::pair<int, std::string>>("[1,2]")), std::nullopt);
  EXPECT_EQ((read<std::pair<int, int>>("[1,2,3]")), std::nullopt);
  EXPECT_EQ((read<std::pair<int, int>>("[1]")), std::nullopt);
  EXPECT_EQ((read<std::pair<int, int>>(R"({"a":1})")), std::nullopt);
  EXPECT_EQ((read<std::tuple<>>("[]")), std::tuple());
  EXPECT_EQ((read<std::tuple<int, bool, double>>("[1,true,0.5]")), std::tuple(1, true, 0.5));
  EXPECT_EQ((read<std::array<int, 2>>("[1,2]")), (std::array{1, 2}));
  EXPECT_EQ((read<std::array<int, 2>>("[1,2.5]")), std::nullopt);
  EXPECT_EQ((read<std::array<int, 2>>("[1]")), std::nullopt);
  json_document document;
  ASSERT_TRUE(document.parse(R"({"a":["in the packet"]})"));
  const auto views =
      read_argument<std::map<std::string, std::vector<std::string_view>>>(document.root());
  EXPECT_EQ(views->at("a").at(0), "in the packet");
}

TEST(ReadArgument, ReadsUtf8Text) {
  EXPECT_TRUE(read<std::u8string>(R"("\u00e9")") == u8"\u00e9");
  EXPECT_TRUE(read<std::vector<std::u8string>>(R"(["a"])").value().front() == u8"a");
  EXPECT_FALSE(read<std::u8string>("1").has_value());
}

TEST(ReadArgument, ReadsFloatsWithinTheirRange) {
  EXPECT_EQ(read<float>("0.1"), 0.1F);
  EXPECT_EQ(read<float>("3.4028234e38"), std::numeric_limits<float>::max());
  EXPECT_EQ(read<float>("1e39"), std::nullopt);
  EXPECT_EQ(read<float>("-1e300"), std::nullopt);
}

TEST(ReadArgument, ReadsTypesWithMacros) {
  const auto round_trips = [](const auto& value) { EXPECT_TRUE(round_trip(value) == value); };
  round_trips(login("ann", 2));
  round_trips(session{login("ann"), {1}});
  round_trips(settings{3, false});
  round_trips(color::blue);
  round_trips(std::vector{login("ann"), login("bob")});
  round_trips(std::map<std::string, session>{{"a", {login("ann"), {1}}}});
  round_trips(std::vector<std::optional<login>>{login("ann"), {}});
  round_trips(std::optional(login("ann")));
  EXPECT_TRUE(read<settings>(R"({"volume":3})") == (settings{3, true}));
  EXPECT_FALSE(read<login>(R"({"name_":1,"tries_":1})").has_value());
  EXPECT_FALSE(read<login>("[]").has_value());
}

TEST(ReadArgument, PrefersATypesOwnFunctions) {
  EXPECT_EQ(round_trip(shade::light), shade::light);
  EXPECT_EQ(round_trip(std::vector{shade::light}), std::vector{shade::light});
  EXPECT_EQ(read<names>(R"({"count":3})")->size(), 3U);
  EXPECT_FALSE(read<shade>("1").has_value());
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
