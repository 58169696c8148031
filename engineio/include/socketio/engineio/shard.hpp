#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/engineio/deflate_contexts.hpp>
#include <socketio/engineio/statistics.hpp>
#include <socketio/engineio/timer.hpp>

namespace socketio::engineio {

/// An object that collects its output during a turn of the event loop.
class corked : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Writes the collected output. May destroy the object.
  virtual void uncork() = 0;

 protected:
  ~corked() = default;
};

/// A part of the server that runs on one thread at a time, and what its connections share: the
/// executor, the deadlines, the read buffer, the contexts for compression and the list of
/// connections with output to flush.
/// A connection, its session and its sockets live on one shard, so nothing between them takes a
/// lock. Use members on the shard only, except for those marked "any thread".
class shard : public std::enable_shared_from_this<shard> {
 public:
  /// Bytes read from a connection at once.
  static constexpr std::size_t read_buffer_size = std::size_t{64} * 1024;

  /// A shard on a context, which one thread at a time runs.
  shard(boost::asio::io_context& context, std::size_t index);
  /// A shard on an executor, on which any number of threads may run.
  shard(const boost::asio::any_io_executor& executor, std::size_t index);

  /// The position within the server's shards; a session's id names it. Any thread.
  [[nodiscard]] std::size_t index() const { return index_; }
  /// Empty once the server is being destroyed. Any thread.
  [[nodiscard]] boost::asio::any_io_executor executor() const;
  [[nodiscard]] timer_queue& timers() { return timers_; }
  [[nodiscard]] deflate_contexts& deflate() { return deflate_; }

  /// The counters, to be changed on the shard.
  [[nodiscard]] shard_counters& counters() { return counters_; }
  /// What happens on the shard, in numbers. Any thread.
  [[nodiscard]] statistics read_statistics() const;

  /// Whether the calling code runs on the shard. Any thread.
  [[nodiscard]] bool running_here() const;

  using exception_handler = std::function<void(std::exception_ptr, std::string_view where)>;

  /// Sets the function to call with exceptions of application code, on the thread where they occur.
  /// Set it before the shard runs; stop() removes it.
  void on_exception(exception_handler handler) { on_exception_ = std::move(handler); }
  /// Calls that function. Any thread.
  /// @param where the code that threw, for example `middleware`
  void report(std::exception_ptr error, std::string_view where) const noexcept;
  /// Sets the function to call with warn()'s lines; as on_exception().
  void on_warning(std::function<void(std::string_view line)> handler) {
    on_warning_ = std::move(handler);
  }
  /// Tells whoever runs the server something that it may want to change. Any thread.
  void warn(std::string_view line) const noexcept;
  /// Calls application code, and reports its exceptions: none leaves this function. Any thread.
  /// @return whether the function has returned
  template <class Function>
  bool guard(std::string_view where, Function&& function) const noexcept {
    try {
      std::forward<Function>(function)();
      return true;
    } catch (...) {
      report(std::current_exception(), where);
      return false;
    }
  }

  /// The same where there may be no shard: then nobody hears of exceptions.
  template <class Function>
  static bool guard(std::string_view where, const shard* home, Function&& function) noexcept {
    if (home) return home->guard(where, std::forward<Function>(function));
    try {
      std::forward<Function>(function)();
      return true;
    } catch (...) {
      return false;
    }
  }

  /// Runs a function on the shard after this call has returned, and reports its exceptions. Any
  /// thread.
  /// @return false if the server is being destroyed: then the function does not run
  template <class Function>
  bool post(Function&& function) {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return false;
    boost::asio::post(
        executor_, [self = shared_from_this(), task = std::forward<Function>(function)]() mutable {
          self->guard("posted task", task);
        });
    return true;
  }

  /// Runs a function on the shard: at once if the caller is on it. Any thread.
  template <class Function>
  void dispatch(Function&& function) {
    if (running_here()) {
      std::forward<Function>(function)();
    } else {
      post(std::forward<Function>(function));
    }
  }

  /// Keeps an object, whose functions may be running, until control returns to the event loop.
  void keep_meanwhile(std::shared_ptr<const void> object) {
    post([kept = std::move(object)] {});
  }

  /// Drops all deadlines and corked output, runs no more tasks, reports no more exceptions, and
  /// releases its executor: the server is being destroyed, and perhaps the context next.
  void stop();

  /// Calls uncork() at the end of the turn.
  void cork(corked& output);
  /// Whether an object has collected output.
  [[nodiscard]] bool has_corked() const { return !corked_.empty(); }

  /// The buffer that all connections read into; its content is valid until control returns to the
  /// event loop.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

  /// Returns an empty string to encode into, which may have memory. Give it back to keep_buffer()
  /// to save the next message an allocation.
  [[nodiscard]] std::string take_buffer() { return std::exchange(buffer_, {}); }
  void keep_buffer(std::string&& used);

 private:
  using context_executor = boost::asio::io_context::executor_type;
  using strand_executor = boost::asio::strand<boost::asio::any_io_executor>;
  using cork_list = boost::intrusive::list<corked, boost::intrusive::constant_time_size<false>>;

  void uncork_all();
  template <class Handler, class... Values>
  void tell(const Handler& handler, Values&&... values) const noexcept;

  // One of the two. A strand must not outlive its context, whose executor may do so.
  const std::optional<context_executor> context_;
  std::optional<strand_executor> strand_;
  boost::asio::any_io_executor executor_;
  std::size_t index_;
  mutable shard_counters counters_;
  exception_handler on_exception_;
  std::function<void(std::string_view)> on_warning_;
  timer_queue timers_;
  std::vector<char> read_buffer_;
  std::string buffer_;
  deflate_contexts deflate_;
  cork_list corked_;
  bool uncork_posted_ = false;
  // For strand_, executor_, stopped_, on_exception_ and on_warning_: nothing may reach a context or
  // a host that is gone.
  mutable std::mutex mutex_;
  std::atomic<bool> stopped_{false};
};

/// The caller's shard; the first one if it runs on none of them. Any thread.
[[nodiscard]] const std::shared_ptr<shard>& current_shard(
    const std::vector<std::shared_ptr<shard>>& shards);

}  // namespace socketio::engineio
