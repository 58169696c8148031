#include <socketio/engineio/timer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engineio/fakes.hpp"

namespace socketio::engineio {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Timer : public ::testing::Test {
 protected:
  // A timer that records its name when it expires, and then calls a function.
  struct named {
    Timer& test;
    std::string name;
    std::function<void()> then;

    named(Timer& owner, std::string label, std::function<void()> action = {})
        : test(owner), name(std::move(label)), then(std::move(action)) {}

    void expire() {
      test.expired_.push_back(name);
      // A copy, since the function may destroy this object.
      if (const auto action = then) action();
    }

    member_timer<named, &named::expire> timer{*this};
  };

  void wait_for(std::size_t count) {
    ASSERT_TRUE(runner_.run_until([&] { return expired_.size() >= count; }));
  }

  boost::asio::io_context context_;
  fakes::runner runner_{context_};
  std::unique_ptr<timer_queue> queue_ = std::make_unique<timer_queue>(
      context_.get_executor(),
      [](const std::exception_ptr& error) { std::rethrow_exception(error); });
  std::vector<std::string> expired_;
};

TEST_F(Timer, ExpiresInTheOrderOfDeadlines) {
  named third(*this, "third");
  named first(*this, "first");
  named second(*this, "second");
  // Far enough apart for a busy machine, which may pause between these lines.
  third.timer.start(*queue_, 300ms);
  first.timer.start(*queue_, 100ms);
  second.timer.start(*queue_, 200ms);
  EXPECT_TRUE(first.timer.running());
  wait_for(3);
  EXPECT_THAT(expired_, ElementsAre("first", "second", "third"));
  EXPECT_FALSE(first.timer.running());
}

TEST_F(Timer, DoesNotExpireEarly) {
  named timer(*this, "timer");
  const auto start = std::chrono::steady_clock::now();
  timer.timer.start(*queue_, 20ms);
  wait_for(1);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST_F(Timer, DoesNotExpireWithinTheCallThatStartsIt) {
  named timer(*this, "timer");
  timer.timer.start(*queue_, 0ms);
  EXPECT_THAT(expired_, IsEmpty());
  wait_for(1);
}

TEST_F(Timer, CanBeStopped) {
  named stopped(*this, "stopped");
  named other(*this, "other");
  stopped.timer.start(*queue_, 1ms);
  other.timer.start(*queue_, 2ms);
  stopped.timer.stop();
  stopped.timer.stop();
  EXPECT_FALSE(stopped.timer.running());
  wait_for(1);
  EXPECT_THAT(expired_, ElementsAre("other"));
}

TEST_F(Timer, CanBeRestartedForALaterTime) {
  named moved(*this, "moved");
  named other(*this, "other");
  moved.timer.start(*queue_, 1ms);
  other.timer.start(*queue_, 4ms);
  moved.timer.start(*queue_, 8ms);
  wait_for(2);
  EXPECT_THAT(expired_, ElementsAre("other", "moved"));
}

TEST_F(Timer, CanBeRestartedForAnEarlierTime) {
  named moved(*this, "moved");
  named other(*this, "other");
  moved.timer.start(*queue_, 1h);
  other.timer.start(*queue_, 8ms);
  moved.timer.start(*queue_, 1ms);
  wait_for(2);
  EXPECT_THAT(expired_, ElementsAre("moved", "other"));
}

TEST_F(Timer, LeavesTheQueueWhenItIsDestroyed) {
  auto destroyed = std::make_unique<named>(*this, "destroyed");
  named other(*this, "other");
  destroyed->timer.start(*queue_, 1ms);
  other.timer.start(*queue_, 2ms);
  destroyed.reset();
  wait_for(1);
  EXPECT_THAT(expired_, ElementsAre("other"));
}

TEST_F(Timer, MayDestroyItselfAndOthers) {
  std::unique_ptr<named> first;
  std::unique_ptr<named> second;
  first = std::make_unique<named>(*this, "first", [&] {
    second.reset();
    first.reset();
  });
  second = std::make_unique<named>(*this, "second");
  named third(*this, "third");
  first->timer.start(*queue_, 1ms);
  second->timer.start(*queue_, 1ms);
  third.timer.start(*queue_, 1ms);
  wait_for(2);
  EXPECT_THAT(expired_, ElementsAre("first", "third"));
}

TEST_F(Timer, MayRestartItself) {
  named* self = nullptr;
  named timer(*this, "tick", [&] {
    if (expired_.size() < 3) self->timer.start(*queue_, 0ms);
  });
  self = &timer;
  timer.timer.start(*queue_, 0ms);
  wait_for(3);
  EXPECT_THAT(expired_, ElementsAre("tick", "tick", "tick"));
  EXPECT_FALSE(timer.timer.running());
}

TEST_F(Timer, DoesNotKeepTheContextRunningWhenStopped) {
  named timer(*this, "timer");
  timer.timer.start(*queue_, 5ms);
  wait_for(1);
  context_.restart();
  context_.run();  // returns, because nothing is left to wait for
}

TEST_F(Timer, DoesNotExpireInAStoppedQueue) {
  named before(*this, "before");
  named after(*this, "after");
  before.timer.start(*queue_, 0ms);
  queue_->stop();
  after.timer.start(*queue_, 0ms);
  EXPECT_FALSE(before.timer.running());
  context_.restart();
  context_.run();
  EXPECT_THAT(expired_, IsEmpty());
}

TEST_F(Timer, MayStopTheQueue) {
  named first(*this, "first", [this] { queue_->stop(); });
  named second(*this, "second");
  first.timer.start(*queue_, 0ms);
  second.timer.start(*queue_, 0ms);
  wait_for(1);
  context_.restart();
  context_.run();
  EXPECT_THAT(expired_, ElementsAre("first"));
}

// The system's timer has fired already, and waits for its turn, when the queue goes.
TEST_F(Timer, MayBeDueWhenTheQueueIsDestroyed) {
  named due(*this, "due");
  boost::asio::steady_timer earlier(context_);
  earlier.expires_after(0ms);
  earlier.async_wait([&](const boost::system::error_code&) {
    due.timer.stop();
    queue_.reset();
  });
  due.timer.start(*queue_, 0ms);
  while (std::chrono::steady_clock::now() < earlier.expiry() + 1ms) {
  }
  context_.restart();
  context_.run();
  EXPECT_THAT(expired_, IsEmpty());
}

}  // namespace
}  // namespace socketio::engineio
