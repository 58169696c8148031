#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>

namespace bench {

/// The kernel's figures of a process at one moment.
struct process_figures {
  std::chrono::nanoseconds processor{};  ///< time of all its threads
  std::chrono::nanoseconds user{};       ///< outside the kernel, in units of the clock tick
  std::chrono::nanoseconds system{};     ///< in the kernel, in units of the clock tick
  /// Time of each thread, by its id, in units of the clock tick.
  std::map<pid_t, std::chrono::nanoseconds> threads;
};

/// @throws std::runtime_error if there is no such process, or it is somebody else's
[[nodiscard]] process_figures read_process(pid_t process);

/// Memory of a process in bytes.
struct memory_figures {
  std::int64_t rss = 0;  ///< resident
  std::int64_t pss = 0;  ///< resident, with shared pages divided among their processes
  std::int64_t kernel =
      0;  ///< buffers of all TCP sockets of this machine, those of clients included
};

/// @throws std::runtime_error if there is no such process, or it is somebody else's
[[nodiscard]] memory_figures read_memory(pid_t process);

/// Processor time of this process so far.
[[nodiscard]] std::chrono::nanoseconds own_processor_time();

}  // namespace bench
