#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>

namespace bench {

/// What the kernel says about a process at one moment.
struct process_figures {
  std::chrono::nanoseconds processor{};  ///< time of all its threads
  std::chrono::nanoseconds user{};       ///< thereof outside the kernel, in steps of the clock tick
  std::chrono::nanoseconds system{};     ///< thereof in the kernel
  /// Of each thread, by its id, in steps of the clock tick.
  std::map<pid_t, std::chrono::nanoseconds> threads;
};

/// @throws std::runtime_error if there is no such process, or it is somebody else's
[[nodiscard]] process_figures read_process(pid_t process);

/// Memory of a process in bytes.
struct memory_figures {
  std::int64_t rss = 0;  ///< resident
  std::int64_t pss = 0;  ///< the same, with its share of the pages that others have, too
  std::int64_t kernel =
      0;  ///< buffers of all TCP sockets of this machine, those of clients included
};

/// @throws std::runtime_error if there is no such process, or it is somebody else's
[[nodiscard]] memory_figures read_memory(pid_t process);

/// Processor time that this process has taken.
[[nodiscard]] std::chrono::nanoseconds own_processor_time();

}  // namespace bench
