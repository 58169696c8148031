#include <socketio/engineio/identifier.hpp>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
using socketio::engineio::make_identifier;
using socketio::engineio::max_shards;
using socketio::engineio::shard_of_identifier;

TEST(Identifier, HasTwentyCharactersForUrls) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int i = 0; i < 100; ++i) {
    const auto identifier = make_identifier(0);
    EXPECT_EQ(identifier.size(), 20U);
    EXPECT_EQ(identifier.find_first_not_of(allowed), std::string::npos) << identifier;
  }
}

TEST(Identifier, NamesItsShard) {
  for (std::size_t shard = 0; shard < max_shards; ++shard) {
    EXPECT_EQ(shard_of_identifier(make_identifier(shard)), shard);
  }
}

TEST(Identifier, IsFreshEachTime) {
  std::set<std::string> identifiers;
  for (int i = 0; i < 1000; ++i) identifiers.insert(make_identifier(1));
  EXPECT_EQ(identifiers.size(), 1000U);
}

// Each character but the last, in which the shard is, has to take many values.
TEST(Identifier, IsRandomInEveryCharacter) {
  std::array<std::set<char>, 18> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto identifier = make_identifier(1);
    for (std::size_t at = 0; at < seen.size(); ++at) seen[at].insert(identifier[at]);
  }
  for (const auto& characters : seen) EXPECT_GT(characters.size(), 50U);
}

TEST(Identifier, OfAnotherLengthNamesNoShard) {
  const auto identifier = make_identifier(3);
  EXPECT_EQ(shard_of_identifier(""), std::nullopt);
  EXPECT_EQ(shard_of_identifier(identifier.substr(1)), std::nullopt);
  EXPECT_EQ(shard_of_identifier(identifier + "A"), std::nullopt);
  EXPECT_EQ(shard_of_identifier(std::string(100'000, 'A')), std::nullopt);
}

TEST(Identifier, OfOtherCharactersNamesNoShard) {
  EXPECT_EQ(shard_of_identifier("AAAAAAAAAAAAAAAA===="), std::nullopt);
  EXPECT_EQ(shard_of_identifier("AAAAAAAAAAAAAAAA!!!!"), std::nullopt);
  EXPECT_EQ(shard_of_identifier("AAAAAAAAAAAAAAAA\0\0\0\0"sv), std::nullopt);
}

}  // namespace
