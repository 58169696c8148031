#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <socketio/engineio/deflate_contexts.hpp>
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
/// A connection, its session and its sockets live on one shard, so that they need no locks. Use
/// members other than post(), dispatch(), running_here() and index() only on the shard.
class shard : public std::enable_shared_from_this<shard> {
 public:
  using context_executor = boost::asio::io_context::executor_type;
  using strand_executor = boost::asio::strand<context_executor>;

  /// Bytes read from a connection at once.
  static constexpr std::size_t read_buffer_size = std::size_t{64} * 1024;

  /// A shard on a context of its own, which one thread runs.
  shard(boost::asio::io_context& context, std::size_t index);
  /// A shard on a strand of the application's context, which any number of threads run.
  shard(strand_executor strand, std::size_t index);

  /// The position among the server's shards, which a session's id names.
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] timer_queue& timers() { return timers_; }
  [[nodiscard]] deflate_contexts& deflate() { return deflate_; }

  /// Whether the calling code runs on the shard. Any thread.
  [[nodiscard]] bool running_here() const;

  /// Runs a function on the shard after this call has returned; never if the server is being
  /// destroyed. Any thread.
  template <class Function>
  void post(Function&& function) {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    boost::asio::post(executor_, std::forward<Function>(function));
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

  /// Drops all deadlines and corked output, and runs nothing any more: the server is being
  /// destroyed.
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
  using cork_list = boost::intrusive::list<corked, boost::intrusive::constant_time_size<false>>;

  void uncork_all();

  std::variant<context_executor, strand_executor> own_executor_;
  boost::asio::any_io_executor executor_;
  std::size_t index_;
  timer_queue timers_;
  std::vector<char> read_buffer_;
  std::string buffer_;
  deflate_contexts deflate_;
  cork_list corked_;
  bool uncork_posted_ = false;
  std::mutex mutex_;  // for stopped_: nobody may post to a context that is gone
  std::atomic<bool> stopped_{false};
};

}  // namespace socketio::engineio
