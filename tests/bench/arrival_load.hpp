#pragma once

#include "load.hpp"

namespace bench {

/// Clients come and stay: what each costs to connect, and then to have.
class arrival_load final : public load {
 public:
  explicit arrival_load(const options& chosen) : load(chosen) {}

  [[nodiscard]] measurement run() override;

 private:
  void came(client& from, std::chrono::nanoseconds after) override;
};

}  // namespace bench
