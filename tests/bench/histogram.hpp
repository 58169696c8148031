#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench {

/// Counts durations, to within 1/64 of each, in constant memory and time.
class histogram {
 public:
  void add(std::chrono::nanoseconds duration) {
    const auto value = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
    ++counts_[bucket_of(value)];
    ++total_;
    if (value > max_) max_ = value;
  }
  void clear() { *this = {}; }

  [[nodiscard]] std::uint64_t count() const { return total_; }
  [[nodiscard]] std::chrono::nanoseconds max() const {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(max_));
  }
  /// The duration that a share (for example 0.99) of all does not exceed; zero if there are none.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const;

 private:
  // Up to 127 one bucket for each value; above, 64 buckets for each power of two.
  static constexpr unsigned precision = 6;
  static constexpr std::size_t buckets = (64 - precision + 1) << precision;

  static std::size_t bucket_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const auto shift = width > precision + 1 ? width - precision - 1 : 0;
    return (std::size_t{shift} << precision) + static_cast<std::size_t>(value >> shift);
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace bench
