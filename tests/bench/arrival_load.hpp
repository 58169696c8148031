#pragma once

#include "load.hpp"

namespace bench {

/// Clients connect and stay. Measures what it costs to connect each, and to keep it.
class arrival_load final : public load {
 public:
  explicit arrival_load(const options& chosen) : load(chosen) {}

  [[nodiscard]] measurement run() override;

 private:
  void came(client& from, std::chrono::nanoseconds after) override;
};

}  // namespace bench
