#pragma once

#include <atomic>
#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <socketio/engineio/shard.hpp>

namespace socketio::engineio {

/// The completion handler of an asynchronous call.
///
/// It calls the handler exactly once: with the result, with `operation_aborted` if its cancellation
/// slot asks for that, and at the latest in the destructor. The handler runs on its associated
/// executor, whose context has work until then, else on the shard; after the shard has stopped, or
/// without one, on the thread that completes it, which may be within the call. The shard reports
/// its exceptions. Any thread.
template <class... Values>
class completion {
 public:
  using error_code = boost::system::error_code;
  using handler_type = boost::asio::any_completion_handler<void(error_code, Values...)>;

  completion() = default;
  /// @param home the shard; null for a call of a handle that refers to nothing
  /// @param cancelled called on the shard after a cancellation, to release what the call holds
  completion(handler_type handler, std::shared_ptr<shard> home,
             std::function<void()> cancelled = {})
      : waiting_(std::make_shared<waiting>(std::move(handler), std::move(home))) {
    auto slot = boost::asio::get_associated_cancellation_slot(waiting_->handler);
    if (!slot.is_connected()) return;
    slot.assign([weak = std::weak_ptr(waiting_),
                 cancelled = std::move(cancelled)](boost::asio::cancellation_type /*type*/) {
      const auto held = weak.lock();
      if (!held || !held->home) return;
      // On the shard, on which results also arrive.
      held->home->post([weak, cancelled] {
        if (auto target = weak.lock()) complete(std::move(target), aborted, Values()...);
        if (cancelled) cancelled();
      });
    });
  }
  completion(completion&&) noexcept = default;
  completion& operator=(completion&& other) noexcept {
    completion(std::move(other)).waiting_.swap(waiting_);
    return *this;
  }
  ~completion() {
    if (waiting_) complete(std::move(waiting_), aborted, Values()...);
  }

  /// Whether a handler waits.
  explicit operator bool() const { return waiting_ != nullptr && !waiting_->done; }

  /// Completes, possibly before this call returns.
  void operator()(error_code error, Values... values) {
    complete(std::move(waiting_), error, std::move(values)...);
  }
  /// Completes after this call has returned: for the function that starts an operation.
  void later(error_code error, Values... values) {
    complete_later(std::move(waiting_), error, std::move(values)...);
  }

 private:
  static constexpr auto aborted = boost::asio::error::operation_aborted;

  struct waiting {
    using executor_type = boost::asio::any_completion_executor;

    handler_type handler;
    std::shared_ptr<shard> home;
    // For a handler with an executor of its own.
    std::optional<boost::asio::executor_work_guard<executor_type>> work;
    std::atomic<bool> done{false};

    waiting(handler_type&& called, std::shared_ptr<shard>&& where)
        : handler(std::move(called)), home(std::move(where)) {
      // A handler with an executor of its own names it whatever the default is.
      const executor_type one_default = boost::asio::system_executor();
      const auto executor = boost::asio::get_associated_executor(handler, one_default);
      if (executor == boost::asio::get_associated_executor(handler, executor_type())) {
        work.emplace(executor);
      }
    }
  };

  static void call(waiting& target, error_code error, std::tuple<Values...>& values) {
    boost::asio::get_associated_cancellation_slot(target.handler).clear();
    const auto work = std::move(target.work);
    shard::guard("completion", target.home.get(), [&] {
      std::apply([&](Values&... all) { std::move(target.handler)(error, std::move(all)...); },
                 values);
    });
  }

  // A result on its way. If the shard stops before delivering it, the destructor does.
  struct result {
    std::shared_ptr<waiting> target;
    error_code error;
    std::tuple<Values...> values;

    result(std::shared_ptr<waiting>&& called, error_code why, Values&&... all)
        : target(std::move(called)), error(why), values(std::move(all)...) {}
    result(result&&) noexcept = default;
    result& operator=(result&&) = delete;
    ~result() {
      const auto home = target ? target->home : nullptr;
      if (target) shard::guard("completion", home.get(), [&] { (*this)(); });
    }

    void operator()() {
      auto called = std::exchange(target, nullptr);
      if (!called->work) return call(*called, error, values);
      // Keeps the context running until dispatch() returns: nobody destroys it meanwhile.
      const auto work = *called->work;
      boost::asio::dispatch(work.get_executor(),
                            [called = std::move(called), why = error,
                             all = std::move(values)]() mutable { call(*called, why, all); });
    }
  };

  static void complete(std::shared_ptr<waiting> target, error_code error, Values... values) {
    if (target->done.exchange(true)) return;
    const auto home = target->home;
    result due(std::move(target), error, std::move(values)...);
    if (due.target->work || !home || home->running_here()) {
      due();
    } else {
      home->post(std::move(due));
    }
  }

  static void complete_later(std::shared_ptr<waiting> target, error_code error, Values... values) {
    if (target->done.exchange(true)) return;
    const auto home = target->home;
    result due(std::move(target), error, std::move(values)...);
    if (home) home->post(std::move(due));
  }

  std::shared_ptr<waiting> waiting_;
};

}  // namespace socketio::engineio
