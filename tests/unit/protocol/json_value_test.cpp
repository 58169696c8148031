#include <socketio/protocol/json.hpp>

#include <gtest/gtest.h>

#include <array>
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
using socketio::json;

using bytes = std::vector<std::uint8_t>;

struct picture {
  bytes data;
  float scale = 0;

  bool operator==(const picture&) const = default;
};

template <class Json>
void to_json(Json& value, const picture& from) {
  value = Json{{"data", from.data}, {"scale", from.scale}};
}

template <class Json>
void from_json(const Json& value, picture& to) {
  value.at("data").get_to(to.data);
  value.at("scale").get_to(to.scale);
}

// --- Reading what is not there

TEST(Json, ThrowsForAKeyThatIsNotThere) {
  const json object = {{"a", 1}};
  const std::string key = "b";
  const char* const pointer = key.c_str();
  EXPECT_THROW((void)object["b"], json::out_of_range);
  EXPECT_THROW((void)object[key], json::out_of_range);
  EXPECT_THROW((void)object["b"s], json::out_of_range);
  EXPECT_THROW((void)object["b"sv], json::out_of_range);
  EXPECT_THROW((void)object[pointer], json::out_of_range);
  EXPECT_THROW((void)object[json::json_pointer("/b")], json::out_of_range);
  EXPECT_EQ(object["a"], 1);
  EXPECT_EQ(object["a"sv], 1);
  EXPECT_EQ(object[json::json_pointer("/a")], 1);
}

TEST(Json, ThrowsForAKeyOrIndexThatIsNotThereFurtherIn) {
  const json value = {{"a", {{"b", json::array({1})}}}};
  EXPECT_EQ(value["a"]["b"][0], 1);
  EXPECT_THROW((void)value["a"]["c"], json::out_of_range);
  EXPECT_THROW((void)value["a"]["b"][1], json::out_of_range);
  EXPECT_THROW((void)value[json::json_pointer("/a/c")], json::out_of_range);
  EXPECT_THROW((void)value[json::json_pointer("/a/b/1")], json::out_of_range);
  EXPECT_THROW((void)value[json::json_pointer("/a/b/-")], json::out_of_range);
  EXPECT_THROW((void)value[json::json_pointer("/a/b/x")], json::exception);
}

TEST(Json, ThrowsForAnIndexThatIsNotThere) {
  const auto array = json::array({1});
  EXPECT_EQ(array[0], 1);
  EXPECT_THROW((void)array[1], json::out_of_range);
  EXPECT_THROW((void)array[~std::size_t{0}], json::out_of_range);
}

TEST(Json, ThrowsForValuesOfAnotherType) {
  for (const json& value : {json(), json(1), json("text"), json(true), json(1.5)}) {
    EXPECT_THROW((void)std::as_const(value)["a"], json::type_error) << value;
    EXPECT_THROW((void)std::as_const(value)[0U], json::type_error) << value;
  }
  const auto array = json::array();
  EXPECT_THROW((void)array["a"], json::type_error);
}

TEST(Json, ThrowsForTheEndsOfWhatIsEmpty) {
  for (json value : {json::array(), json::object(), json()}) {
    EXPECT_THROW((void)value.front(), std::out_of_range) << value;
    EXPECT_THROW((void)value.back(), std::out_of_range) << value;
    EXPECT_THROW((void)std::as_const(value).front(), std::out_of_range) << value;
    EXPECT_THROW((void)std::as_const(value).back(), std::out_of_range) << value;
  }
  json array = {1, 2};
  EXPECT_EQ(array.front(), 1);
  EXPECT_EQ(array.back(), 2);
  EXPECT_EQ(std::as_const(array).front(), 1);
  EXPECT_EQ(std::as_const(array).back(), 2);
  EXPECT_EQ(json("one").front(), "one");
}

// --- Bytes, text and floats within values

TEST(Json, MakesBinaryOfBytes) {
  const auto one = json::binary({1});
  const std::array<std::byte, 1> fixed = {std::byte{1}};
  EXPECT_EQ(json(bytes{1}), one);
  EXPECT_EQ(json(std::vector{std::byte{1}}), one);
  EXPECT_EQ(json(fixed), one);
  EXPECT_EQ(json(std::span(fixed)), one);
  EXPECT_EQ(json(std::optional(fixed)), one);
  EXPECT_EQ((json{{"a", bytes{1}}}), (json{{"a", one}}));
  EXPECT_EQ(json(std::vector<bytes>{{1}, {1}}), json::array({one, one}));
  EXPECT_EQ(json(picture{{1}, 0.5F}), (json{{"data", one}, {"scale", 0.5}}));
  EXPECT_EQ(json(std::vector<signed char>{1}), json::array({1})) << "numbers";
}

TEST(Json, ReadsBytesFromBinary) {
  const auto two = json::binary({1, 2});
  EXPECT_EQ(two.get<bytes>(), (bytes{1, 2}));
  EXPECT_EQ(two.get<std::vector<std::byte>>(), (std::vector{std::byte{1}, std::byte{2}}));
  EXPECT_EQ((two.get<std::array<std::uint8_t, 2>>()), (std::array<std::uint8_t, 2>{1, 2}));
  EXPECT_THROW((void)(two.get<std::array<std::uint8_t, 3>>()), std::invalid_argument);
  EXPECT_EQ(json::array({1, 2}).get<bytes>(), (bytes{1, 2}));
  EXPECT_THROW((void)json::array({1, 256}).get<bytes>(), std::invalid_argument);
  EXPECT_THROW((void)json::array({1, -1}).get<bytes>(), std::invalid_argument);
  EXPECT_THROW((void)json("text").get<bytes>(), std::invalid_argument);
  EXPECT_EQ(json(picture{{1}, 0.1F}).get<picture>(), (picture{{1}, 0.1F}));
}

TEST(Json, MakesTextOfUtf8) {
  EXPECT_EQ(json(u8"\u00e9"), json("\xC3\xA9"));
  EXPECT_EQ(json(std::u8string(u8"\u00e9")), json("\xC3\xA9"));
  EXPECT_EQ(json(std::u8string_view(u8"\u00e9")), json("\xC3\xA9"));
  EXPECT_EQ((json{{"a", u8"\u00e9"}}), (json{{"a", "\xC3\xA9"}}));
  EXPECT_TRUE(json("\xC3\xA9").get<std::u8string>() == u8"\u00e9");
  EXPECT_FALSE((std::constructible_from<json, std::u16string>));
  EXPECT_FALSE((std::constructible_from<json, std::wstring>));
}

TEST(Json, TakesAFloatForItsShortestDecimal) {
  EXPECT_EQ(json(0.1F).dump(), "0.1");
  EXPECT_EQ(json(std::vector{0.1F, 16777216.0F, 1e-7F}).dump(), "[0.1,16777216.0,1e-07]");
  EXPECT_EQ(json(std::numeric_limits<float>::max()).dump(), "3.4028235e+38");
  EXPECT_EQ(json(std::numeric_limits<float>::infinity()).get<double>(),
            std::numeric_limits<double>::infinity());
  for (const float value : {0.1F, 1.0F / 3, 3.4028235e38F, 1e-45F, -2.5F}) {
    EXPECT_EQ(json(value).get<float>(), value);
  }
}

// --- Other JSON types

TEST(Json, ConvertsFromAndToNlohmannsTypes) {
  const nlohmann::json sorted = {{"z", 1}, {"a", nlohmann::json::binary({1})}};
  const nlohmann::ordered_json ordered = {{"z", 1.5}, {"a", nlohmann::json::binary({1})}};
  EXPECT_EQ(json(sorted), (json{{"a", json::binary({1})}, {"z", 1}}));
  EXPECT_EQ(json(ordered), (json{{"z", 1.5}, {"a", json::binary({1})}}));
  EXPECT_EQ(nlohmann::json(json(sorted)), sorted);
  EXPECT_EQ(nlohmann::ordered_json(json(ordered)), ordered);
}

}  // namespace
