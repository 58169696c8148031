#include <socketio/protocol/content_coding.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>

namespace {

using socketio::choose_content_coding;
using socketio::content_coding;
using socketio::encode_content;
using socketio::name_of;

// Decodes with zlib; `format` is added to the window bits: 0 for zlib's own format, 16 for gzip.
std::string decoded(std::string_view coded, int format) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + format), Z_OK);
  std::string input(coded);
  std::string output;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  int result = Z_OK;
  while (result == Z_OK) {
    std::string block(4096, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    result = inflate(&stream, Z_NO_FLUSH);
    output.append(block, 0, block.size() - stream.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return output;
}

TEST(ChooseContentCoding, PrefersGzip) {
  EXPECT_EQ(choose_content_coding("gzip"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding("gzip, deflate, br"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding("deflate, gzip"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding("br,deflate"), content_coding::deflate);
  EXPECT_EQ(choose_content_coding("GZIP"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding(" deflate "), content_coding::deflate);
}

TEST(ChooseContentCoding, DoesNotCodeUnlessTheClientAsks) {
  EXPECT_EQ(choose_content_coding(""), content_coding::identity);
  EXPECT_EQ(choose_content_coding("br"), content_coding::identity);
  EXPECT_EQ(choose_content_coding("identity"), content_coding::identity);
  EXPECT_EQ(choose_content_coding("gzipped"), content_coding::identity);
  EXPECT_EQ(choose_content_coding(",,;q=1,"), content_coding::identity);
}

TEST(ChooseContentCoding, FollowsTheWeights) {
  EXPECT_EQ(choose_content_coding("gzip;q=0.5, deflate"), content_coding::deflate);
  EXPECT_EQ(choose_content_coding("gzip;q=0.5, deflate;q=0.4"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding("gzip;q=0.5,deflate;Q=0.5"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding("gzip; q=0"), content_coding::identity);
  EXPECT_EQ(choose_content_coding("gzip;q=0.000, deflate"), content_coding::deflate);
  EXPECT_EQ(choose_content_coding("gzip;q=0,deflate;q=0"), content_coding::identity);
  EXPECT_EQ(choose_content_coding("gzip;q=x"), content_coding::identity);
}

TEST(ChooseContentCoding, KnowsTheWildcard) {
  EXPECT_EQ(choose_content_coding("*"), content_coding::gzip);
  EXPECT_EQ(choose_content_coding("*;q=0"), content_coding::identity);
  EXPECT_EQ(choose_content_coding("gzip;q=0, *"), content_coding::deflate);
  EXPECT_EQ(choose_content_coding("*, gzip;q=0"), content_coding::deflate);
  EXPECT_EQ(choose_content_coding("*;q=0.1, deflate;q=0.2"), content_coding::deflate);
}

TEST(NameOfContentCoding, IsTheFieldsValue) {
  EXPECT_EQ(name_of(content_coding::gzip), "gzip");
  EXPECT_EQ(name_of(content_coding::deflate), "deflate");
  EXPECT_EQ(name_of(content_coding::identity), "identity");
}

TEST(EncodeContent, LeavesIdentityAlone) {
  EXPECT_EQ(encode_content(content_coding::identity, "some text"), "some text");
}

TEST(EncodeContent, CanBeDecoded) {
  std::string varied;
  for (int i = 0; i < 20'000; ++i) varied.push_back(static_cast<char>((i * 7919) >> 3));
  for (const auto& body : {std::string(), std::string("a"), std::string(100'000, 'x'), varied}) {
    EXPECT_EQ(decoded(encode_content(content_coding::gzip, body), 16), body);
    EXPECT_EQ(decoded(encode_content(content_coding::deflate, body), 0), body);
  }
}

TEST(EncodeContent, MakesRepetitiveTextSmaller) {
  EXPECT_LT(encode_content(content_coding::gzip, std::string(10'000, 'x')).size(), 100U);
}

}  // namespace
