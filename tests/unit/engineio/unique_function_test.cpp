#include <socketio/detail/unique_function.hpp>

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace socketio::detail {
namespace {

using function = unique_function<int(int)>;

TEST(UniqueFunction, IsAsLargeAsAStdFunction) {
  EXPECT_LE(sizeof(function), sizeof(std::function<int(int)>));
}

TEST(UniqueFunction, HoldsWhatCanOnlyBeMoved) {
  function add = [amount = std::make_unique<int>(2)](int to) { return to + *amount; };
  EXPECT_EQ(add(1), 3);
  const function moved = std::move(add);
  EXPECT_EQ(moved(5), 7);
  EXPECT_FALSE(add);  // NOLINT(bugprone-use-after-move): a function that was moved from is empty
}

TEST(UniqueFunction, KeepsThreePointersWithoutAnAllocation) {
  // What is held inside moves with the function; what is not, stays where it is.
  struct self {
    std::array<const void*, 3> filling{};
    const self* operator()() const { return this; }
  };
  struct larger : self {
    const void* more = nullptr;
  };
  unique_function<const self*()> inside = self();
  const auto* before = inside();
  const auto moved = std::move(inside);
  EXPECT_NE(moved(), before);
  unique_function<const self*()> outside = larger();
  before = outside();
  const auto also_moved = std::move(outside);
  EXPECT_EQ(also_moved(), before);
}

TEST(UniqueFunction, DestroysWhatItHoldsOnce) {
  const auto held = std::make_shared<int>(1);
  const auto filling = std::array<int, 20>();
  {
    function small = [held](int) { return *held; };
    function large = [held, filling](int) { return *held + filling[0]; };
    EXPECT_EQ(held.use_count(), 3);
    small = std::move(large);
    EXPECT_EQ(held.use_count(), 2);
    EXPECT_EQ(small(0), 1);
    std::vector<function> functions;
    functions.push_back(std::move(small));
    for (int i = 0; i < 10; ++i) functions.emplace_back(nullptr);
    EXPECT_EQ(functions.front()(0), 1);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(UniqueFunction, IsEmptyIfItsFunctionIs) {
  EXPECT_FALSE(function());
  EXPECT_FALSE(function(nullptr));
  EXPECT_FALSE(function(std::function<int(int)>()));
  EXPECT_FALSE(function(static_cast<int (*)(int)>(nullptr)));
  EXPECT_FALSE(unique_function<void(int)>(function()));
  EXPECT_TRUE(function([](int) { return 1; }));
  EXPECT_THROW(function()(1), std::bad_function_call);
}

TEST(UniqueFunction, LeavesOutAResultThatNobodyWants) {
  int calls = 0;
  const unique_function<void(int)> count = [&](int by) { return calls += by; };
  count(3);
  EXPECT_EQ(calls, 3);
}

TEST(UniqueFunction, HandsOnReferencesAndMovesValues) {
  const unique_function<void(std::string, std::string&)> append =
      [](std::string&& what, std::string& to) { to += std::move(what); };
  std::string text = "a";
  append("b", text);
  EXPECT_EQ(text, "ab");
}

}  // namespace
}  // namespace socketio::detail
