#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace socketio::detail {

/// Hashes names that clients choose, with SipHash-1-3: without the secret key nobody can choose
/// names that collide.
class seeded_hash {
 public:
  /// Draws a key from the system's random generator.
  seeded_hash();
  [[nodiscard]] std::size_t operator()(std::string_view name) const;

 private:
  std::array<std::uint64_t, 2> key_;
};

}  // namespace socketio::detail
