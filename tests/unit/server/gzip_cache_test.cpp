#include "files/gzip_cache.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gunzip.hpp"

namespace socketio::detail {
namespace {

constexpr std::size_t content_size = 1000;
// Random bytes do not get smaller: 1000 of them and gzip's head and tail.
constexpr std::uint64_t room_for_two = 2100;

/// Asks a cache, and counts what is read.
class reading {
 public:
  explicit reading(std::uint64_t max_size) : cache(max_size) {}

  std::shared_ptr<const std::string> get(const std::string& path, std::string_view version = "1") {
    return cache.get(path, version, [&]() -> std::optional<std::string> {
      ++reads;
      return content_of(path);
    });
  }

  static std::string content_of(const std::string& path) {
    std::mt19937 random(static_cast<unsigned>(path.back()));
    std::string content;
    while (content.size() < content_size) content.push_back(static_cast<char>(random()));
    return content;
  }

  gzip_cache cache;
  int reads = 0;
};

TEST(GzipCache, SharesTheKeptFile) {
  reading files(room_for_two);
  const auto first = files.get("a");
  EXPECT_EQ(gunzip(*first), reading::content_of("a"));
  EXPECT_EQ(files.get("a"), first);
  EXPECT_EQ(files.reads, 1);
  EXPECT_EQ(first.use_count(), 2) << "here and in the cache";
}

TEST(GzipCache, KeepsNoMoreMemoryThanItCounts) {
  gzip_cache cache(1000);
  const auto kept = cache.get("a", "1", [] { return std::string(100'000, 'a'); });
  EXPECT_LT(kept->size(), 1000u);
  EXPECT_LT(kept->capacity(), 1000u);
}

TEST(GzipCache, DropsTheLeastRecentlyUsedFile) {
  reading files(room_for_two);
  const auto a = files.get("a");
  const auto b = files.get("b");
  EXPECT_EQ(files.get("a"), a);
  EXPECT_EQ(files.reads, 2);
  const auto c = files.get("c");
  EXPECT_EQ(files.reads, 3);
  EXPECT_EQ(b.use_count(), 1) << "it was not used since";
  EXPECT_EQ(gunzip(*b), reading::content_of("b")) << "whoever sends it still has it";
  EXPECT_EQ(files.get("a"), a);
  EXPECT_EQ(files.get("c"), c);
  EXPECT_EQ(files.reads, 3);
  EXPECT_EQ(*files.get("b"), *b);
  EXPECT_EQ(files.reads, 4);
  EXPECT_EQ(a.use_count(), 1);
}

TEST(GzipCache, KeepsOneVersionOfAFile) {
  reading files(room_for_two);
  const auto first = files.get("a", "1");
  const auto b = files.get("b");
  const auto second = files.get("a", "2");
  EXPECT_NE(first, second);
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(files.get("a", "2"), second);
  EXPECT_EQ(files.get("b"), b) << "the new version took the place of the old one";
  EXPECT_EQ(files.reads, 3);
}

TEST(GzipCache, DoesNotKeepFilesThatAreTooBig) {
  reading files(content_size);
  const auto first = files.get("a");
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(gunzip(*files.get("a")), reading::content_of("a"));
  EXPECT_EQ(files.reads, 2);
  EXPECT_NE(files.cache.get("b", "1", [] { return std::string("small"); }), nullptr);
  EXPECT_EQ(files.cache.get("b", "1", [] { return std::nullopt; }).use_count(), 2) << "is kept";
}

TEST(GzipCache, HasNothingForAFileThatCannotBeRead) {
  reading files(room_for_two);
  EXPECT_EQ(files.cache.get("a", "1", [] { return std::nullopt; }), nullptr);
  EXPECT_EQ(gunzip(*files.get("a")), reading::content_of("a")) << "a failure is not kept";
}

TEST(GzipCache, CompressesWithoutHoldingItsLock) {
  reading files(room_for_two);
  const auto outer = files.cache.get("a", "1", [&] {
    // Meanwhile the cache serves another thread, even this file.
    std::thread other([&] {
      EXPECT_NE(files.get("a"), nullptr);
      EXPECT_NE(files.get("b"), nullptr);
    });
    other.join();
    return reading::content_of("a");
  });
  EXPECT_EQ(gunzip(*outer), reading::content_of("a"));
}

TEST(GzipCache, ServesManyThreads) {
  gzip_cache cache(room_for_two);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&cache, thread] {
      for (int i = 0; i < 300; ++i) {
        const std::string path(1, static_cast<char>('a' + (i * (thread + 1)) % 5));
        const auto coded = cache.get(path, "1", [&] { return reading::content_of(path); });
        EXPECT_EQ(gunzip(*coded), reading::content_of(path));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace socketio::detail
