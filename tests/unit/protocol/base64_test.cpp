#include <socketio/protocol/base64.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace {

using socketio::append_base64;
using socketio::decode_base64;
using socketio::encode_base64url;

std::string encode(std::string_view bytes) {
  std::string encoded;
  append_base64(encoded, bytes);
  return encoded;
}

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(Base64, EncodesTheExamplesOfTheRfc) {
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foob"), "Zm9vYg==");
  EXPECT_EQ(encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode("\xFB\xFF\xBF"), "+/+/");
}

TEST(Base64, AppendsToTheOutput) {
  std::string output = "b";
  append_base64(output, "\x01\x02\x03\x04");
  EXPECT_EQ(output, "bAQIDBA==");
}

TEST(Base64, EncodesForUrlsWithoutPadding) {
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("\xFB\xFF\xBF"), "-_-_");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
}

TEST(Base64, DecodesWhatItEncodes) {
  const auto bytes = every_byte();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(decode_base64(encode(bytes.substr(0, size))), bytes.substr(0, size));
    EXPECT_EQ(decode_base64(encode_base64url(bytes.substr(0, size))), bytes.substr(0, size));
  }
}

TEST(Base64, DecodesAsTheReferenceServerDoes) {
  // Buffer.from(text, "base64") of Node.js 20 gives the expected bytes.
  const std::pair<std::string_view, std::string_view> samples[]{
      {"YWJj", "abc"},
      {"YWI=", "ab"},
      {"YW==", "a"},
      {"YWI", "ab"},  // padding is optional
      {"YW", "a"},
      {"Y", ""},  // six bits make no byte
      {"YWJjZ", "abc"},
      {"", ""},
      {"=", ""},
      {"=YWJj", ""},  // decoding stops at the first padding
      {"Y=WJj", ""},
      {"YW=Jj", "a"},
      {"YWJ=j", "ab"},
      {"YWI=YWI=", "ab"},
      {"YWJj====YWJj", "abc"},
      {"-_+/", "\xFB\xFF\xBF"},
      {"!!!", ""},
      {"Y W\nJ\tj", "abc"},
      {"Y\xC3\xA9WJj", "abc"},
      {"YWJj\xFFYWJj", "abcabc"},
  };
  for (const auto& [text, bytes] : samples) EXPECT_EQ(decode_base64(text), bytes) << text;
  using namespace std::string_view_literals;
  EXPECT_EQ(decode_base64("YW\0Jj"sv), "abc");
}

TEST(Base64, SkipsEveryCharacterOutsideTheAlphabet) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=";
  for (const char c : every_byte()) {
    if (alphabet.find(c) != std::string_view::npos) continue;
    for (std::size_t position = 0; position <= 8; ++position) {
      EXPECT_EQ(decode_base64(std::string("Zm9vYmFy").insert(position, 1, c)), "foobar") << int{c};
    }
  }
}

}  // namespace
