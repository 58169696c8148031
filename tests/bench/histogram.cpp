#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace bench {

std::chrono::nanoseconds histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets && total_ != 0; ++bucket) {
    seen += counts_[bucket];
    if (counts_[bucket] == 0 || seen < wanted) continue;
    // Return the largest value of the bucket.
    constexpr std::size_t step = std::size_t{1} << precision;
    const auto shift = bucket < 2 * step ? 0 : (bucket >> precision) - 1;
    const auto mantissa = std::uint64_t{bucket} - (std::uint64_t{shift} << precision);
    const auto largest = ((mantissa + 1) << shift) - 1;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(largest, max_)));
  }
  return std::chrono::nanoseconds::zero();
}

}  // namespace bench
