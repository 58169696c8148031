#include <socketio/protocol/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using socketio::is_valid_utf8;
using socketio::to_valid_utf8;
using socketio::utf16_prefix;
using socketio::utf16_size;
using socketio::utf8_validator;

const std::vector<std::string> valid_texts{
    "",
    "a",
    "\x7F",
    std::string(1, '\0'),
    "\xC2\x80",  // the first and the last code point of each length
    "\xDF\xBF",
    "\xE0\xA0\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
    "\xED\x9F\xBF",  // the neighbours of the surrogates
    "\xEE\x80\x80",
    "\xF3\xBF\xBF\xBF",
    "\xF1\x80\x80\x80",
    "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5",
    "a text longer than a block of the fast path, \xF0\x9F\x98\x80 in its middle, then ASCII",
};

// The last byte makes each invalid; the bytes before it may still become valid.
const std::vector<std::string> invalid_texts{
    "\x80",
    "\xBF",
    "\xC0",  // overlong
    "\xC1",
    "\xE0\x80",
    "\xE0\x9F",
    "\xF0\x80",
    "\xF0\x8F",
    "\xED\xA0",  // surrogates
    "\xED\xBF",
    "\xF4\x90",  // above U+10FFFF
    "\xF5",
    "\xFF",
    "\xFE",
    "\xC2\x7F",
    "\xC2\xC0",
    "\xE1\x7F",
    "\xE1\x80\x7F",
    "\xEF\xBF\xC0",
    "\xF1\x80\x80\x7F",
    "\xF4\x8F\xBF\xC0",
    "\xC2\x80\x80",
    "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0",
};

TEST(Utf8, AcceptsValidText) {
  for (const auto& text : valid_texts) EXPECT_TRUE(is_valid_utf8(text)) << text;
}

TEST(Utf8, RefusesInvalidText) {
  for (const auto& text : invalid_texts) {
    EXPECT_FALSE(is_valid_utf8(text)) << testing::PrintToString(text);
    EXPECT_FALSE(is_valid_utf8(text + "and valid text behind it, over many bytes"));
  }
}

TEST(Utf8, FailsAtTheByteThatMakesTheTextInvalid) {
  for (const auto& text : invalid_texts) {
    utf8_validator validator;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      EXPECT_TRUE(validator.feed({&text[i], 1})) << testing::PrintToString(text) << " at " << i;
    }
    EXPECT_FALSE(validator.feed({&text.back(), 1})) << testing::PrintToString(text);
    EXPECT_FALSE(validator.feed("a")) << "stays invalid";
    EXPECT_FALSE(validator.complete());
  }
}

TEST(Utf8, RefusesTextThatEndsWithinACodePoint) {
  for (const std::string_view text : {"\xC2", "\xE1\x80", "\xF1\x80\x80", "abc\xF0", "\xED"}) {
    utf8_validator validator;
    EXPECT_TRUE(validator.feed(text));
    EXPECT_FALSE(validator.complete());
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(Utf8, GivesTheSameVerdictHoweverTheTextIsSplitAndAligned) {
  for (const auto* texts : {&valid_texts, &invalid_texts}) {
    for (const auto& sample : *texts) {
      for (std::size_t before = 0; before <= 40; ++before) {
        const auto text = std::string(before, 'x') + sample + std::string(35, 'y');
        for (std::size_t split = 0; split <= text.size(); ++split) {
          utf8_validator validator;
          const bool head = validator.feed(std::string_view(text).substr(0, split));
          const bool tail = validator.feed(std::string_view(text).substr(split));
          ASSERT_EQ(tail, texts == &valid_texts) << testing::PrintToString(text) << split;
          ASSERT_TRUE(head || !tail);
          ASSERT_EQ(validator.complete(), tail);
        }
      }
    }
  }
}

TEST(Utf8, RefusesWholeBlocksOfAsciiWithinACodePoint) {
  for (const std::size_t size : {1U, 7U, 8U, 16U, 24U, 31U, 32U, 64U}) {
    utf8_validator validator;
    EXPECT_TRUE(validator.feed("\xC2"));
    EXPECT_FALSE(validator.feed(std::string(size, 'a'))) << size;
    EXPECT_FALSE(is_valid_utf8("1234567\xC2" + std::string(size, 'a') + "\x80")) << size;
  }
}

TEST(Utf8, StartsANewTextAfterReset) {
  utf8_validator validator;
  EXPECT_FALSE(validator.feed("\xFF"));
  validator.reset();
  EXPECT_TRUE(validator.feed("abc"));
  EXPECT_TRUE(validator.complete());
}

// Encodes a number as RFC 3629 does, also those that it excludes.
std::string encode(char32_t number) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((number >> shift) & 0x3F)); };
  if (number < 0x80) return {static_cast<char>(number)};
  if (number < 0x800) return {static_cast<char>(0xC0 | (number >> 6)), tail(0)};
  if (number < 0x10000) return {static_cast<char>(0xE0 | (number >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (number >> 18)), tail(12), tail(6), tail(0)};
}

TEST(Utf8, AcceptsExactlyTheCodePointsOfUnicode) {
  for (char32_t number = 0; number < 0x200000; ++number) {
    const bool surrogate = number >= 0xD800 && number <= 0xDFFF;
    ASSERT_EQ(is_valid_utf8(encode(number)), number <= 0x10FFFF && !surrogate)
        << static_cast<std::uint32_t>(number);
  }
}

TEST(Utf8, ReplacesWhatIsInvalidAsDecodersOfTheWebDo) {
  const std::string replacement = "\xEF\xBF\xBD";
  // A question mark stands for U+FFFD; the results are those of Buffer.toString() in Node.js.
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\xE9", "?"},
      {"a\xE9z", "a?z"},
      {"\xF0\x9F\x98", "?"},
      {"\xF0\x9F\x98z", "?z"},
      {"\xC0\x80", "??"},
      {"\xE0\x80\x9F", "???"},
      {"\xED\xA0\x80", "???"},
      {"\xF4\x90\x80\x80", "????"},
      {"\xF0\x80\x80", "???"},
      {"\xF5\x80\x80\x80", "????"},
      {"\xF0", "?"},
      {"\xE2\x82", "?"},
      {"\xE2\x82\x82\xAC", "\xE2\x82\x82?"},
      {"\xBF\xBF", "??"},
      {"\xC3\xC3\xA9", "?\xC3\xA9"},
      {"\xE2\xC3\xA9", "?\xC3\xA9"},
      {"\xF0\x9F\x98\xF0\x9F\x98\x80", "?\xF0\x9F\x98\x80"},
      {"\xED\xBF\xBF\xEE\x80\x80", "???\xEE\x80\x80"},
  };
  for (const auto& [text, pattern] : cases) {
    std::string expected;
    for (const char c : pattern) expected += c == '?' ? replacement : std::string(1, c);
    EXPECT_EQ(to_valid_utf8(text), expected) << ::testing::PrintToString(text);
  }
  for (const auto& text : valid_texts) EXPECT_EQ(to_valid_utf8(text), text);
}

TEST(Utf16, CountsCodeUnits) {
  EXPECT_EQ(utf16_size(""), 0U);
  EXPECT_EQ(utf16_size("a\x7F"), 2U);
  EXPECT_EQ(utf16_size("\xC2\x80\xDF\xBF"), 2U);
  EXPECT_EQ(utf16_size("\xE0\xA0\x80\xEF\xBF\xBF"), 2U);
  EXPECT_EQ(utf16_size("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"), 4U);
}

TEST(Utf16, FindsThePrefixOfSoManyCodeUnits) {
  const auto mixed = std::string_view("a\xC3\xA9\xF0\x9F\x98\x80z");
  EXPECT_EQ(utf16_prefix(mixed, 0), 0U);
  EXPECT_EQ(utf16_prefix(mixed, 1), 1U);
  EXPECT_EQ(utf16_prefix(mixed, 2), 3U);
  EXPECT_EQ(utf16_prefix(mixed, 3), std::nullopt);
  EXPECT_EQ(utf16_prefix(mixed, 4), 7U);
  EXPECT_EQ(utf16_prefix(mixed, 5), 8U);
  EXPECT_EQ(utf16_prefix(mixed, 6), std::nullopt);
  EXPECT_EQ(utf16_prefix(mixed, 1'000), std::nullopt);
  EXPECT_EQ(utf16_prefix("", 0), 0U);
  EXPECT_EQ(utf16_prefix("", 1), std::nullopt);
}

}  // namespace
