#pragma once

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bench {

/// How often the calling thread has called `new`.
[[nodiscard]] std::uint64_t allocations();

/// Counts allocations from its construction on, and reports them for each message in its
/// destructor, rounded to a tenth because Google Benchmark allocates a little, too. Make it right
/// before the loop, after all preparations.
class allocation_counter {
 public:
  /// @param messages the number of messages in each iteration
  explicit allocation_counter(benchmark::State& state, std::size_t messages = 1)
      : state_(state), messages_(messages), begin_(allocations()) {}
  ~allocation_counter() {
    const auto count = static_cast<double>(allocations() - begin_);
    const auto messages = static_cast<double>(state_.iterations()) * static_cast<double>(messages_);
    state_.counters["allocations"] = std::round(10 * count / messages) / 10;
  }
  allocation_counter(const allocation_counter&) = delete;
  allocation_counter& operator=(const allocation_counter&) = delete;

 private:
  benchmark::State& state_;
  std::size_t messages_;
  std::uint64_t begin_;
};

}  // namespace bench
