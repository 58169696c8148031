#include "net/poller.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <socketio/engineio/shard.hpp>

#include "net/stream.hpp"

namespace {

using socketio::detail::pollable;
using socketio::detail::poller;
using socketio::detail::readiness;
using socketio::detail::unique_descriptor;

constexpr readiness nothing{};
constexpr readiness to_read{true, false};
constexpr readiness to_write{false, true};

// One end of a connection that is waited for, and the other end.
class watched final : public pollable {
 public:
  explicit watched(poller& waiter) : poller_(waiter) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) {
      throw std::runtime_error("socketpair");
    }
    here_ = unique_descriptor(ends[0]);
    peer = unique_descriptor(ends[1]);
  }
  ~watched() { wait(nothing); }
  watched(const watched&) = delete;
  watched& operator=(const watched&) = delete;

  void wait(readiness wanted) {
    ASSERT_TRUE(poller_.wait(here_.get(), *this, waited_for_, wanted));
    waited_for_ = wanted;
  }

  void receive_byte() { ASSERT_EQ(::write(peer.get(), "x", 1), 1); }
  void read_byte() {
    char byte = 0;
    ASSERT_EQ(::read(here_.get(), &byte, 1), 1);
  }

  unique_descriptor peer;
  std::vector<readiness> told;
  std::function<void()> on_ready = [this] { wait(nothing); };

 private:
  void ready(readiness now) override {
    told.push_back(now);
    on_ready();
  }

  poller& poller_;
  unique_descriptor here_;
  readiness waited_for_;
};

class poller_test : public testing::Test {
 protected:
  boost::asio::io_context context{1};
  std::shared_ptr<socketio::engineio::shard> home =
      std::make_shared<socketio::engineio::shard>(context, 0);
  std::shared_ptr<poller> waiter = std::make_shared<poller>(home);
  watched first{*waiter};
  watched second{*waiter};
};

TEST_F(poller_test, reports_what_a_descriptor_is_ready_for) {
  first.wait({true, true});
  context.run();
  EXPECT_EQ(first.told, std::vector{to_write});
  context.restart();
  first.told.clear();
  first.receive_byte();
  first.wait(to_read);
  context.run();
  EXPECT_EQ(first.told, std::vector{to_read});
}

TEST_F(poller_test, calls_a_handler_again_while_it_is_ready) {
  first.receive_byte();
  first.wait(to_read);
  first.on_ready = [&] {
    if (first.told.size() < 3) return;
    first.read_byte();
    // Nothing is left to read, so only the second descriptor can end the loop.
    second.wait(to_write);
    second.on_ready = [&] {
      first.wait(nothing);
      second.wait(nothing);
    };
  };
  context.run();
  EXPECT_EQ(first.told.size(), 3U);
}

TEST_F(poller_test, does_not_call_a_handler_that_stopped_waiting_during_the_round) {
  first.receive_byte();
  second.receive_byte();
  first.wait(to_read);
  second.wait(to_read);
  const auto give_up = [&] {
    first.wait(nothing);
    second.wait(nothing);
  };
  first.on_ready = give_up;
  second.on_ready = give_up;
  context.run();
  EXPECT_EQ(first.told.size() + second.told.size(), 1U);
}

TEST_F(poller_test, calls_readers_and_writers_of_a_broken_connection) {
  first.wait(to_read);
  first.peer = {};
  context.run();
  ASSERT_EQ(first.told.size(), 1U);
  EXPECT_TRUE(first.told.front().read);
}

TEST_F(poller_test, does_not_report_a_broken_connection_without_a_wait) {
  first.wait(to_read);
  first.wait(nothing);
  first.peer = {};
  second.receive_byte();
  second.wait(to_read);
  context.run();
  EXPECT_TRUE(first.told.empty());
  EXPECT_EQ(second.told.size(), 1U);
}

TEST_F(poller_test, keeps_the_context_running_only_while_something_waits) {
  context.run();
  context.restart();
  first.wait(to_read);
  EXPECT_EQ(context.poll(), 0U);
  EXPECT_FALSE(context.stopped());
  first.wait(nothing);
  context.run();
  // The poller keeps the context running again.
  context.restart();
  first.receive_byte();
  first.wait(to_read);
  context.run();
  EXPECT_EQ(first.told.size(), 1U);
}

TEST_F(poller_test, calls_all_of_many_handlers) {
  std::vector<std::unique_ptr<watched>> many;
  for (int i = 0; i < 300; ++i) {
    auto& added = many.emplace_back(std::make_unique<watched>(*waiter));
    added->receive_byte();
    added->wait(to_read);
  }
  context.run();
  for (const auto& one : many) EXPECT_EQ(one->told.size(), 1U);
}

TEST_F(poller_test, calls_nobody_after_it_was_stopped) {
  first.receive_byte();
  first.wait(to_read);
  waiter->stop();
  context.run();
  EXPECT_TRUE(first.told.empty());
  second.wait(to_read);
  context.restart();
  context.run();
}

TEST_F(poller_test, may_be_stopped_within_a_handler) {
  first.receive_byte();
  second.receive_byte();
  first.wait(to_read);
  second.wait(to_read);
  const auto stop = [&] { waiter->stop(); };
  first.on_ready = stop;
  second.on_ready = stop;
  context.run();
  EXPECT_EQ(first.told.size() + second.told.size(), 1U);
}

TEST_F(poller_test, polls_once_more_before_output_is_flushed) {
  struct output final : socketio::engineio::corked {
    std::function<void()> on_uncork;
    void uncork() override { on_uncork(); }
  } collected;
  std::size_t told_before = 0;
  collected.on_uncork = [&] { told_before = second.told.size(); };
  first.receive_byte();
  first.wait(to_read);
  second.wait(to_read);
  first.on_ready = [&] {
    first.wait(nothing);
    home->cork(collected);
    second.receive_byte();
  };
  context.run();
  EXPECT_EQ(told_before, 1U);
}

TEST_F(poller_test, keeps_working_if_it_was_woken_for_a_cancelled_wait) {
  const auto strand_home = std::make_shared<socketio::engineio::shard>(context.get_executor(), 0);
  const auto strand_waiter = std::make_shared<poller>(strand_home);
  watched early(*strand_waiter);
  watched late(*strand_waiter);
  early.receive_byte();
  strand_home->post([&] { early.wait(to_read); });
  context.run_one();
  // The inner function runs after the system woke the poller, and before the poller's handler.
  strand_home->post([&] {
    strand_home->post([&] {
      early.wait(nothing);
      late.wait(to_read);
      boost::asio::post(context, [&] { late.receive_byte(); });
    });
  });
  context.run();
  EXPECT_TRUE(early.told.empty());
  EXPECT_EQ(late.told.size(), 1U);
}

TEST_F(poller_test, calls_the_others_if_a_handler_throws) {
  first.receive_byte();
  second.receive_byte();
  first.wait(to_read);
  second.wait(to_read);
  first.on_ready = [&] {
    first.wait(nothing);
    throw std::runtime_error("expected");
  };
  EXPECT_THROW(context.run(), std::runtime_error);
  context.run();
  EXPECT_EQ(second.told.size(), 1U);
}

TEST_F(poller_test, reports_that_the_system_refuses) {
  EXPECT_FALSE(waiter->wait(-1, first, nothing, to_read));
  context.run();
}

}  // namespace
