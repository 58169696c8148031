#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "server_fixture.hpp"

namespace integration {

/// Where a coroutine waits until the test opens it. Use it on one thread.
class gate {
 public:
  boost::asio::awaitable<void> pass() {
    timer_.emplace(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
    boost::system::error_code error;
    waiting.push(1);
    co_await timer_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    // The timer must not outlive the server's context.
    timer_.reset();
    if (!std::exchange(opened_, false)) throw boost::system::system_error(error);
  }
  /// Call it on the thread of whoever waits.
  void open() {
    opened_ = true;
    timer_->cancel();
  }

  channel<int> waiting;

 private:
  bool opened_ = false;
  std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace integration
