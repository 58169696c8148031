#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string_view>

#include <socketio/handler_error.hpp>

namespace socketio::detail {

/// Writes errors and warnings as lines to a descriptor. Clients can cause them in a loop, so after
/// a burst the log writes a line only now and then, with the number of omitted ones; lines are
/// short; and a slow reader loses lines instead of blocking the server. Any thread.
class error_log {
 public:
  using clock = std::chrono::steady_clock;

  /// How many lines the log writes at once, and how long it takes until it may write another.
  static constexpr std::size_t burst = 10;
  static constexpr std::chrono::seconds interval{10};
  /// Largest size of a line in bytes.
  static constexpr std::size_t max_line_size = 512;

  /// @param descriptor remains the caller's to close
  explicit error_log(int descriptor, std::function<clock::time_point()> now = clock::now);

  void write(const handler_error& error) noexcept;
  void write(std::string_view warning) noexcept;

 private:
  template <class Describe>
  void write_described(Describe describe) noexcept;
  [[nodiscard]] bool may_write();
  void write_line(std::string_view line) const;

  int descriptor_;
  std::function<clock::time_point()> now_;
  std::mutex mutex_;
  std::size_t available_ = burst;
  clock::time_point counted_at_;
  std::size_t left_out_ = 0;
};

}  // namespace socketio::detail
