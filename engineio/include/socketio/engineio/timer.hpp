#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include <socketio/detail/language.hpp>
#include <socketio/engineio/handler_memory.hpp>
#include <socketio/engineio/statistics.hpp>

namespace socketio::engineio {

class timer_queue;

/// A deadline in a timer_queue. It lives inside its owner and leaves the queue with it.
class timer : public boost::intrusive::set_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                  boost::intrusive::optimize_size<true>> {
 public:
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  /// Sets the deadline, even if the timer is running.
  void start(timer_queue& queue, std::chrono::milliseconds after);
  /// Removes the deadline.
  void stop() { unlink(); }
  /// Whether the timer is running.
  [[nodiscard]] bool running() const { return is_linked(); }

 protected:
  timer() = default;
  virtual ~timer() = default;

 private:
  friend class timer_queue;
  friend bool operator<(const timer& left, const timer& right) {
    return left.deadline_ < right.deadline_;
  }

  // May destroy the timer.
  virtual void expire() = 0;

  std::chrono::steady_clock::time_point deadline_;
};

/// A timer that calls a member function of its owner.
template <class Owner, void (Owner::*Expired)()>
class member_timer final : public timer {
 public:
  explicit member_timer(Owner& owner) : owner_(owner) {}

 private:
  void expire() override { (owner_.*Expired)(); }

  Owner& owner_;
};

/// All deadlines of a shard, in order, behind one system timer. Not thread-safe.
class timer_queue {
 public:
  /// @param report receives the exceptions of expired timers' owners
  timer_queue(const boost::asio::any_io_executor& executor,
              std::function<void(std::exception_ptr)> report)
      : system_timer_(executor), report_(std::move(report)) {}
  ~timer_queue() { wait_->queue = nullptr; }
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;

  /// Removes all deadlines, and lets none expire that starts later.
  void stop();
  /// Lets deadlines expire again.
  void restart(const boost::asio::any_io_executor& executor);

  /// How late the event loop noticed the last deadline that passed, and the most it was ever late.
  /// Any thread.
  [[nodiscard]] std::chrono::microseconds lag() const;
  [[nodiscard]] std::chrono::microseconds max_lag() const;

 private:
  friend class timer;

  using list = boost::intrusive::multiset<timer, boost::intrusive::constant_time_size<false>>;

  // What the system timer's handler keeps: the timer may already have fired when the queue is
  // destroyed.
  struct pending_wait {
    timer_queue* queue;  // null once that is destroyed
    handler_memory memory;

    explicit pending_wait(timer_queue* owner) : queue(owner) {}
  };

  void arm();
  void expire_due();

  counter lag_;      // microseconds
  counter max_lag_;  // microseconds
  std::optional<boost::asio::steady_timer> system_timer_;
  std::function<void(std::exception_ptr)> report_;
  // When the system timer fires; max() if it is not armed. Restarting a deadline for later does not
  // touch it: it fires, finds nothing due, and is armed again. So restarting is cheap.
  std::chrono::steady_clock::time_point armed_for_ = std::chrono::steady_clock::time_point::max();
  list deadlines_;
  std::shared_ptr<pending_wait> wait_ = std::make_shared<pending_wait>(this);
};

}  // namespace socketio::engineio
