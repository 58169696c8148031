#pragma once

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bench {

/// How often the calling thread has allocated memory with `new`.
[[nodiscard]] std::uint64_t allocations();

/// Reports, at its end, the allocations for each message since it was made, to a tenth: the library
/// allocates a little, too. To be made right before the loop, after whatever is done but once.
class allocation_counter {
 public:
  /// @param messages of each iteration
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
