#include <algorithm>

#include <socketio/engineio/shard.hpp>

namespace socketio::engineio {

shard::shard(boost::asio::io_context& context, std::size_t index)
    : context_(context.get_executor()),
      executor_(context.get_executor()),
      index_(index),
      timers_(executor_, [this](const auto& error) { report(error, "timer"); }),
      read_buffer_(read_buffer_size) {}

shard::shard(const boost::asio::any_io_executor& executor, std::size_t index)
    : strand_(executor),
      executor_(*strand_),
      index_(index),
      timers_(executor_, [this](const auto& error) { report(error, "timer"); }),
      read_buffer_(read_buffer_size) {}

boost::asio::any_io_executor shard::executor() const {
  const std::scoped_lock lock(mutex_);
  return executor_;
}

bool shard::running_here() const {
  if (stopped_) return false;
  if (context_) return context_->running_in_this_thread();
  const std::scoped_lock lock(mutex_);
  return strand_ && strand_->running_in_this_thread();
}

statistics shard::read_statistics() const {
  auto result = counters_.read();
  result.lag = timers_.lag();
  result.max_lag = timers_.max_lag();
  return result;
}

template <class Handler, class... Values>
void shard::tell(const Handler& handler, Values&&... values) const noexcept {
  try {
    std::unique_lock lock(mutex_);
    const auto current = handler;
    lock.unlock();
    if (current) current(std::forward<Values>(values)...);
  } catch (...) {
    // The handler itself has failed, and nobody is left to tell.
  }
}

void shard::report(std::exception_ptr error, std::string_view where) const noexcept {
  counters_.exceptions.fetch_add(1, std::memory_order_relaxed);
  tell(on_exception_, std::move(error), where);
}

void shard::warn(std::string_view line) const noexcept {
  tell(on_warning_, line);
}

void shard::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    on_exception_ = nullptr;
    on_warning_ = nullptr;
    strand_.reset();
    executor_ = {};
  }
  timers_.stop();
  corked_.clear();
}

void shard::cork(corked& output) {
  if (!output.is_linked()) corked_.push_back(output);
  if (uncork_posted_) return;
  post([self = shared_from_this()] { self->uncork_all(); });
  uncork_posted_ = true;
}

void shard::keep_buffer(std::string&& used) {
  constexpr std::size_t max_kept_capacity = std::size_t{4} * 1024;
  if (used.capacity() > max_kept_capacity) return;
  buffer_ = std::move(used);
  buffer_.clear();
}

void shard::uncork_all() {
  uncork_posted_ = false;
  // Objects corked meanwhile wait for the next turn; if one throws, so do the remaining ones.
  struct batch {
    shard& home;
    cork_list list;

    explicit batch(shard& owner) : home(owner) { list.swap(home.corked_); }
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;
    ~batch() {
      while (!list.empty()) {
        auto& left = list.front();
        list.pop_front();
        home.cork(left);
      }
    }
  };
  batch taken(*this);
  auto& current = taken.list;
  while (!current.empty()) {
    auto& output = current.front();
    current.pop_front();
    output.uncork();
  }
}

const std::shared_ptr<shard>& current_shard(const std::vector<std::shared_ptr<shard>>& shards) {
  const auto here = std::find_if(shards.begin(), shards.end(),
                                 [](const auto& each) { return each->running_here(); });
  return here == shards.end() ? shards.front() : *here;
}

}  // namespace socketio::engineio
