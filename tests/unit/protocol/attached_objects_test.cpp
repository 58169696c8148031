#include <socketio/protocol/attached_objects.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace {

using socketio::attached_objects;

struct user {
  std::string name;
};

TEST(AttachedObjects, AreOneOfEachType) {
  attached_objects attached;
  EXPECT_TRUE(attached.empty());
  EXPECT_EQ(attached.find<user>(), nullptr);
  attached.set(user{"ann"});
  attached.set(7);
  attached.set(user{"bob"});
  EXPECT_FALSE(attached.empty());
  ASSERT_NE(attached.find<user>(), nullptr);
  EXPECT_EQ(attached.find<user>()->name, "bob");
  EXPECT_EQ(*attached.find<int>(), 7);
  EXPECT_EQ(attached.find<long>(), nullptr) << "no conversion";
}

TEST(AttachedObjects, MayBeShared) {
  attached_objects attached;
  const auto shared = std::make_shared<user>(user{"ann"});
  attached.set(shared);
  EXPECT_EQ(attached.find<user>(), shared);
  attached.find<user>()->name = "bob";
  EXPECT_EQ(shared->name, "bob");
  attached.set(std::shared_ptr<user>());
  EXPECT_EQ(attached.find<user>(), nullptr);
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(AttachedObjects, NeedNotBeCopyable) {
  attached_objects attached;
  attached.set(std::make_unique<user>(user{"ann"}));
  EXPECT_EQ((*attached.find<std::unique_ptr<user>>())->name, "ann");
}

TEST(AttachedObjects, TakeThoseOfOthers) {
  attached_objects first;
  first.set(user{"ann"});
  first.set(1);
  attached_objects second;
  second.set(2);
  second.set(std::string("text"));
  first.set(second);
  first.set(attached_objects());
  EXPECT_EQ(first.find<user>()->name, "ann");
  EXPECT_EQ(*first.find<int>(), 2);
  EXPECT_EQ(*first.find<std::string>(), "text");
  attached_objects third;
  third.set(first);
  EXPECT_EQ(third.find<user>(), first.find<user>()) << "shared, not copied";
}

TEST(AttachedObjects, KeepTheirsWhenACopyChanges) {
  const auto counted = std::make_shared<int>(1);
  {
    attached_objects attached;
    attached.set(counted);
    auto copy = attached;
    copy.set(user{"ann"});
    copy.set(std::make_shared<int>(2));
    EXPECT_EQ(attached.find<user>(), nullptr);
    EXPECT_EQ(attached.find<int>(), counted);
    EXPECT_EQ(*copy.find<int>(), 2);
    EXPECT_EQ(counted.use_count(), 2);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

}  // namespace
