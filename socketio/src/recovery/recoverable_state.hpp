#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "recovery_record.hpp"

namespace socketio::detail {

/// What makes a connected socket recoverable.
struct recoverable_state {
  std::string pid;  ///< the secret by which the client proves that it is the same
  recovery_record record;

  /// Of a socket that goes on as an earlier one:
  struct restoration {
    std::uint64_t number = 0;                     ///< the last event that the client has received
    std::chrono::steady_clock::time_point since;  ///< when it had gone
  };
  std::optional<restoration> restored;
};

}  // namespace socketio::detail
