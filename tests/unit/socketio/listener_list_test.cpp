#include "sockets/listener_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace socketio::detail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListenerList : public ::testing::Test {
 public:
  void add_late() { add("late", "late"); }

 protected:
  using function = std::function<void()>;

  listener_id add(std::string_view event, std::string name, function then = {},
                  const listener_place& place = {}) {
    const listener_id id{next_id_++};
    list_.add(
        id, names_.get(event),
        [this, name = std::move(name), then = std::move(then)] {
          called_.push_back(name);
          if (then) then();
        },
        place);
    return id;
  }

  void remove(listener_id id) {
    list_.remove_if([id](listener_id other, std::string_view) { return other == id; });
  }
  void remove_all() {
    list_.remove_if([](listener_id, std::string_view) { return true; });
  }

  std::vector<std::string> call(std::string_view event) {
    called_.clear();
    list_.visit(event, [](const function& called) { called(); });
    return called_;
  }

  event_names names_;
  listener_list<function> list_;
  std::vector<std::string> called_;
  std::uint64_t next_id_ = 1;
};

TEST_F(ListenerList, CallsHandlersAddedDuringACallInTheirOrder) {
  add("a", "outer", [this] {
    add("b", "first");
    add("b", "second");
    list_.visit("b", [](const function& called) { called(); });
    // A handler may add another one again, after the nested call.
    add("b", "third");
  });
  EXPECT_THAT(call("a"), ElementsAre("outer", "first", "second"));
  EXPECT_THAT(call("b"), ElementsAre("first", "second", "third"));
}

TEST_F(ListenerList, KeepsANameAsLongAsAHandlerHasIt) {
  const auto first = add("a", "first");
  const auto second = add("a", "second");
  add("b", "third");
  EXPECT_EQ(names_.size(), 2U);
  remove(first);
  EXPECT_EQ(names_.size(), 2U);
  remove(second);
  EXPECT_EQ(names_.size(), 1U);
  remove_all();
  EXPECT_EQ(names_.size(), 0U);
}

TEST_F(ListenerList, CallsTheHandlersOfAnEventInTheirOrder) {
  add("a", "first");
  add("b", "other");
  add("a", "second");
  EXPECT_THAT(call("a"), ElementsAre("first", "second"));
  EXPECT_THAT(call("b"), ElementsAre("other"));
  EXPECT_THAT(call("c"), IsEmpty());
  EXPECT_THAT(call(""), IsEmpty());
}

TEST_F(ListenerList, CallsAHandlerAddedAsTheFirstFirst) {
  const auto middle = add("a", "middle", [this] {
    if (called_.size() > 1) return;
    add("a", "late", {}, {});
    add("a", "first", {}, {.first = true});
  });
  EXPECT_THAT(call("a"), ElementsAre("middle"));
  EXPECT_THAT(call("a"), ElementsAre("first", "middle", "late"));
  EXPECT_THAT(list_.ids(), ElementsAre(listener_id{3}, middle, listener_id{2}));
}

TEST_F(ListenerList, CallsAHandlerAddedTwiceTwice) {
  add("a", "same");
  add("a", "same");
  EXPECT_THAT(call("a"), ElementsAre("same", "same"));
}

TEST_F(ListenerList, RemovesByIdAndByEvent) {
  add("a", "first");
  const auto second = add("a", "second");
  add("b", "other");
  remove(second);
  EXPECT_THAT(call("a"), ElementsAre("first"));
  list_.remove_if([](listener_id, std::string_view event) { return event == "a"; });
  EXPECT_THAT(call("a"), IsEmpty());
  EXPECT_THAT(call("b"), ElementsAre("other"));
  EXPECT_FALSE(list_.empty());
  remove_all();
  EXPECT_TRUE(list_.empty());
}

TEST_F(ListenerList, CallsAOnceHandlerOnce) {
  add("a", "once", {}, {.once = true});
  add("a", "always");
  EXPECT_THAT(call("a"), ElementsAre("once", "always"));
  EXPECT_THAT(call("a"), ElementsAre("always"));
}

TEST_F(ListenerList, CallsAOnceHandlerOnceEvenIfItCausesTheEventAgain) {
  add("a", "once", [this] { list_.visit("a", [](const function& called) { called(); }); },
      {.once = true});
  add("a", "always");
  EXPECT_THAT(call("a"), ElementsAre("once", "always", "always"));
}

TEST_F(ListenerList, CallsHandlersAddedDuringACallTheNextTime) {
  bool added = false;
  add("a", "adds", [&] {
    if (!std::exchange(added, true)) {
      for (int i = 0; i < 20; ++i) add("a", "new");
    }
  });
  EXPECT_THAT(call("a"), ElementsAre("adds"));
  EXPECT_EQ(call("a").size(), 21U);
}

TEST_F(ListenerList, DoesNotCallHandlersRemovedDuringTheCall) {
  listener_id second{};
  add("a", "first", [&] { remove(second); });
  second = add("a", "second");
  add("a", "third");
  EXPECT_THAT(call("a"), ElementsAre("first", "third"));
}

TEST_F(ListenerList, LetsAHandlerRemoveItself) {
  listener_id self{};
  const auto captured = std::make_shared<std::string>("alive");
  std::string seen;
  self = add("a", "removes itself", [&, captured] {
    remove(self);
    remove_all();
    seen = *captured;  // what the handler captured lives until it returns
  });
  EXPECT_THAT(call("a"), ElementsAre("removes itself"));
  EXPECT_EQ(seen, "alive");
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(ListenerList, LetsAHandlerReplaceItself) {
  listener_id self{};
  self = add("a", "old", [&] {
    remove(self);
    add("a", "new");
  });
  EXPECT_THAT(call("a"), ElementsAre("old"));
  EXPECT_THAT(call("a"), ElementsAre("new"));
}

TEST_F(ListenerList, RemovesWithinNestedCalls) {
  int depth = 0;
  listener_id second{};
  add("a", "first", [&] {
    if (++depth == 1) {
      list_.visit("a", [](const function& called) { called(); });
    } else {
      remove(second);
    }
  });
  second = add("a", "second");
  EXPECT_THAT(call("a"), ElementsAre("first", "first"));
  EXPECT_THAT(call("a"), ElementsAre("first"));
}

TEST_F(ListenerList, SurvivesAHandlerThatThrows) {
  add("a", "throws", [this] {
    remove_all();
    throw std::runtime_error("on purpose");
  });
  add("a", "after");
  EXPECT_THROW(call("a"), std::runtime_error);
  EXPECT_TRUE(list_.empty()) << "what was removed is gone when the call has ended";
  add("a", "new");
  EXPECT_THAT(call("a"), ElementsAre("new"));
}

TEST_F(ListenerList, MayBeCalledByTheDestructorOfAHandler) {
  struct returning {
    ListenerList& test;
    explicit returning(ListenerList& owner) : test(owner) {}
    ~returning() { test.add_late(); }
    returning(const returning&) = delete;
    returning& operator=(const returning&) = delete;
  };
  auto captured = std::make_shared<returning>(*this);
  add("a", "first", [captured] {});
  captured.reset();
  add("b", "second");
  remove_all();
  EXPECT_THAT(call("late"), ElementsAre("late"));
  EXPECT_THAT(call("b"), IsEmpty());
}

}  // namespace
}  // namespace socketio::detail
