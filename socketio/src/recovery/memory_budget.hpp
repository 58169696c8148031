#pragma once

#include <atomic>
#include <cstddef>

namespace socketio::detail {

/// How many things of a kind all namespaces of a core keep, and how much memory they take and may
/// take. Any thread.
class memory_budget {
 public:
  explicit memory_budget(std::size_t limit) : limit_(limit) {}

  void add(std::size_t bytes) {
    ++count_;
    used_ += bytes;
  }
  void subtract(std::size_t bytes) {
    --count_;
    used_ -= bytes;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] bool is_exceeded() const { return used_ > limit_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> used_{0};
};

}  // namespace socketio::detail
