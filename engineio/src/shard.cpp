#include <socketio/engineio/shard.hpp>

namespace socketio::engineio {

shard::shard(boost::asio::io_context& context, std::size_t index)
    : own_executor_(context.get_executor()),
      executor_(context.get_executor()),
      index_(index),
      timers_(executor_, [this](const auto& error) { report(error, "timer"); }),
      read_buffer_(read_buffer_size) {}

shard::shard(strand_executor strand, std::size_t index)
    : own_executor_(strand),
      executor_(std::move(strand)),
      index_(index),
      timers_(executor_, [this](const auto& error) { report(error, "timer"); }),
      read_buffer_(read_buffer_size) {}

bool shard::running_here() const {
  return !stopped_ &&
         std::visit([](const auto& executor) { return executor.running_in_this_thread(); },
                    own_executor_);
}

void shard::report(std::exception_ptr error, std::string_view where) const noexcept {
  try {
    std::unique_lock lock(mutex_);
    const auto tell = on_exception_;
    lock.unlock();
    if (tell) tell(std::move(error), where);
  } catch (...) {
    // The handler itself has failed, and nobody is left to report to.
  }
}

void shard::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    on_exception_ = nullptr;
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

}  // namespace socketio::engineio
