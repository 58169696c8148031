#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/core.hpp>
#include <socketio/recovery.hpp>

#include "event_journal.hpp"
#include "memory_budget.hpp"

namespace socketio::detail {

/// What the logs of all namespaces of a core share. Any thread.
class recovery_context {
 public:
  /// @throws std::invalid_argument for an option that cannot work
  /// @param max_send_queue most bytes that may wait for a client
  /// @param report receives failures to write files
  /// @throws std::system_error if the storage cannot be used
  recovery_context(const core_options& options, std::size_t max_send_queue,
                   std::function<void(std::exception_ptr)> report);

  /// Whether any option asks for a log.
  [[nodiscard]] static bool is_wanted(const core_options& options) {
    return options.connection_state_recovery || !options.history.empty();
  }

  /// Whether a namespace needs a log.
  [[nodiscard]] bool keeps_events_of(std::string_view nsp) const;

  const std::optional<recovery_options> recovery;
  const std::vector<room_history> histories;
  /// Null if nothing is kept in files.
  const std::unique_ptr<event_journal> journal;
  /// The first parts of offsets.
  const std::string epoch;
  const std::uint64_t run;
  /// Most bytes of events that a client may have missed: more could not be sent at once.
  const std::size_t max_missed_bytes;

  memory_budget events;
  memory_budget sockets;
  /// How many sockets have been restored.
  std::atomic<std::uint64_t> recovered{0};

  [[nodiscard]] recovery_statistics read_statistics() const;

  /// Whether it is time to drop what is too old, wherever it is; the caller has to do it.
  [[nodiscard]] bool sweep_is_due(std::chrono::steady_clock::time_point now);

 private:
  std::atomic<std::chrono::steady_clock::duration> last_sweep_{};
};

}  // namespace socketio::detail
