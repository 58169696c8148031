#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string_view>

#include <socketio/handler_error.hpp>

namespace socketio {

/// Writes errors as lines to a descriptor. Clients can cause errors in a loop: after a burst, the
/// log writes one line in a while, with the number of those it has left out; lines are short; and a
/// reader that is too slow loses lines instead of blocking the server. Any thread.
class error_log {
 public:
  using clock = std::chrono::steady_clock;

  /// Lines written at once, and the time that each of them takes to become available again.
  static constexpr std::size_t burst = 10;
  static constexpr std::chrono::seconds interval{10};
  /// Bytes of a line.
  static constexpr std::size_t max_line_size = 512;

  /// @param descriptor stays the caller's
  explicit error_log(int descriptor, std::function<clock::time_point()> now = clock::now);

  void write(const handler_error& error) noexcept;

 private:
  [[nodiscard]] bool may_write();
  void write_line(std::string_view line) const;

  int descriptor_;
  std::function<clock::time_point()> now_;
  std::mutex mutex_;
  std::size_t available_ = burst;
  clock::time_point counted_at_;
  std::size_t left_out_ = 0;
};

}  // namespace socketio
