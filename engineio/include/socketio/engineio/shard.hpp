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

/// Something whose output is collected while a turn of the event loop lasts.
class corked : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Writes out what has been collected. May destroy the object.
  virtual void uncork() = 0;

 protected:
  ~corked() = default;
};

/// A part of the server that runs on one thread at a time, with all that its connections share: the
/// executor, the deadlines, the read buffer, the contexts for compression and the list of
/// connections with output to flush.
/// A connection, its session and its sockets live on one shard, so nothing between them takes a
/// lock. Members other than post(), dispatch(), running_here() and index() are for use on the
/// shard.
class shard : public std::enable_shared_from_this<shard> {
 public:
  using context_executor = boost::asio::io_context::executor_type;
  using strand_executor = boost::asio::strand<context_executor>;

  /// Bytes read from a connection at once.
  static constexpr std::size_t read_buffer_size = std::size_t{64} * 1024;

  /// A shard that is the only one to run on a context, which one thread runs.
  shard(boost::asio::io_context& context, std::size_t index);
  /// A shard on a strand of the application's context, which any number of threads run.
  shard(strand_executor strand, std::size_t index);

  /// The position within the server's shards; a session's id names it.
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] timer_queue& timers() { return timers_; }
  [[nodiscard]] deflate_contexts& deflate() { return deflate_; }

  /// Whether the calling code runs on the shard. Any thread.
  [[nodiscard]] bool running_here() const;

  /// Runs a function on the shard, not before this call has returned; never, if the server is being
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

  /// Keeps an object until control has returned to the event loop: its functions may be running.
  void keep_meanwhile(std::shared_ptr<const void> object) {
    post([kept = std::move(object)] {});
  }

  /// Lets go of all deadlines and of what is corked, and runs nothing any more: the server is being
  /// destroyed.
  void stop();

  /// Has uncork() called at the end of the turn.
  void cork(corked& output);
  /// Whether output is being collected.
  [[nodiscard]] bool has_corked() const { return !corked_.empty(); }

  /// The buffer that all connections read into; its content is only valid until control returns to
  /// the event loop.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

  /// An empty string that may have memory already, for something to be encoded into. Given back
  /// with keep_buffer(), it spares the next message an allocation.
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
  std::mutex mutex_;  // for stopped_: nothing may be posted to a context that is gone
  std::atomic<bool> stopped_{false};
};

}  // namespace socketio::engineio
