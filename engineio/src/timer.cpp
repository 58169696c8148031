#include <algorithm>
#include <boost/asio/bind_allocator.hpp>

#include <socketio/engineio/timer.hpp>

namespace socketio::engineio {

void timer::start(timer_queue& queue, std::chrono::milliseconds after) {
  // Far enough to mean never, and near enough not to overflow the clock.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  unlink();
  deadline_ = std::chrono::steady_clock::now() + std::min(after, longest);
  queue.deadlines_.insert(*this);
  queue.arm();
}

void timer_queue::stop() {
  deadlines_.clear();
  system_timer_.reset();
}

void timer_queue::restart(const boost::asio::any_io_executor& executor) {
  system_timer_.emplace(executor);
  armed_for_ = std::chrono::steady_clock::time_point::max();
  arm();
}

std::chrono::microseconds timer_queue::lag() const {
  return std::chrono::microseconds(lag_.value());
}

std::chrono::microseconds timer_queue::max_lag() const {
  return std::chrono::microseconds(max_lag_.value());
}

void timer_queue::arm() {
  if (!system_timer_ || deadlines_.empty() || deadlines_.begin()->deadline_ >= armed_for_) return;
  // If waiting fails, the next deadline tries again.
  armed_for_ = std::chrono::steady_clock::time_point::max();
  const auto first = deadlines_.begin()->deadline_;
  system_timer_->expires_at(first);
  system_timer_->async_wait(boost::asio::bind_allocator(
      wait_->memory.get_allocator(), [wait = wait_](const boost::system::error_code& error) {
        if (!error && wait->queue != nullptr) wait->queue->expire_due();
      }));
  armed_for_ = first;
}

void timer_queue::expire_due() {
  armed_for_ = std::chrono::steady_clock::time_point::max();
  // Timers started meanwhile wait for the next round, even with a delay of zero.
  const auto now = std::chrono::steady_clock::now();
  if (!deadlines_.empty() && deadlines_.begin()->deadline_ <= now) {
    using std::chrono::microseconds;
    const auto late = std::chrono::duration_cast<microseconds>(now - deadlines_.begin()->deadline_);
    lag_.set(static_cast<std::uint64_t>(late.count()));
    max_lag_.set(std::max(lag_.value(), max_lag_.value()));
  }
  while (!deadlines_.empty() && deadlines_.begin()->deadline_ <= now) {
    auto& due = *deadlines_.begin();
    due.stop();
    try {
      due.expire();
    } catch (...) {
      report_(std::current_exception());
    }
  }
  arm();
}

}  // namespace socketio::engineio
