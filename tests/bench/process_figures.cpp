#include "process_figures.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace bench {

namespace {

std::chrono::nanoseconds read_clock(clockid_t id) {
  timespec time{};
  if (::clock_gettime(id, &time) != 0) throw std::runtime_error("the process has ended");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::string path_of(pid_t process, const char* file) {
  return "/proc/" + std::to_string(process) + '/' + file;
}

// Returns the number after a name at the beginning of a line; -1 if there is none.
std::int64_t find_number(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::stoll(line.substr(name.size()));
  }
  return -1;
}

// Returns the pages that TCP's buffers take: the number after "mem" in /proc/net/sockstat.
std::int64_t socket_buffers() {
  std::ifstream file("/proc/net/sockstat");
  for (std::string line; std::getline(file, line);) {
    const auto found = line.find(" mem ");
    if (line.starts_with("TCP:") && found != std::string::npos) {
      return std::stoll(line.substr(found + 5)) * ::sysconf(_SC_PAGESIZE);
    }
  }
  return 0;
}

// Processor time of a process or a thread, in units of the clock tick.
struct tick_figures {
  std::chrono::nanoseconds user{};
  std::chrono::nanoseconds system{};
};

// Reads the fields 14 and 15 of a file `stat`; both nothing if the file is gone.
tick_figures read_ticks(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  // The second field is a name, which may contain blanks.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 2, text.size())));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  const auto tick = std::chrono::nanoseconds(std::chrono::seconds(1)) / ::sysconf(_SC_CLK_TCK);
  return {user * tick, system * tick};
}

}  // namespace

process_figures read_process(pid_t process) {
  process_figures figures;
  clockid_t id{};
  if (::clock_getcpuclockid(process, &id) != 0) {
    throw std::runtime_error("--pid: there is no process " + std::to_string(process));
  }
  figures.processor = read_clock(id);

  // The process clock does not tell user from system time, nor one thread from another.
  const auto ticks = read_ticks(path_of(process, "stat"));
  figures.user = ticks.user;
  figures.system = ticks.system;
  for (const auto& thread : std::filesystem::directory_iterator(path_of(process, "task"))) {
    const auto time = read_ticks(thread.path() / "stat");
    figures.threads.emplace(std::stoi(thread.path().filename()), time.user + time.system);
  }
  return figures;
}

memory_figures read_memory(pid_t process) {
  memory_figures figures;
  const auto rollup = path_of(process, "smaps_rollup");
  figures.rss = find_number(rollup, "Rss:");
  figures.pss = find_number(rollup, "Pss:");
  // Old kernels lack this file.
  if (figures.rss < 0) figures.rss = find_number(path_of(process, "status"), "VmRSS:");
  if (figures.rss < 0) throw std::runtime_error("--pid: its memory cannot be read");
  if (figures.pss < 0) figures.pss = figures.rss;
  figures.rss *= 1024;
  figures.pss *= 1024;
  figures.kernel = socket_buffers();
  return figures;
}

std::chrono::nanoseconds own_processor_time() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace bench
