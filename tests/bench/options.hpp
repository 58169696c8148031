#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dialogue.hpp"

namespace bench {

/// The options of the command line.
struct options {
  std::string url = "http://127.0.0.1:3000";
  scenario what = scenario::echo;
  std::string what_name = "echo";
  std::size_t connections = 100;
  /// echo and the like: requests of each client without a reply; broadcast and rooms: events that
  /// have not reached everybody; connect and idle: clients that are connecting.
  std::size_t in_flight = 1;
  std::size_t payload = 64;     ///< bytes
  std::size_t rooms = 100;      ///< rooms that share the clients, for rooms and idle
  std::size_t memberships = 1;  ///< rooms that each client joins
  std::size_t idle = 0;         ///< further clients that only answer heartbeats
  std::chrono::nanoseconds seconds = std::chrono::seconds(5);
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  /// Requests a second of all clients together, at times that do not depend on the server; if
  /// nothing, each reply triggers the next request.
  std::optional<double> rate;
  /// Ends the run not after a time but after so many requests of each client, or events of
  /// broadcast and rooms in all. It allows to count what the server does for them.
  std::optional<std::uint64_t> messages;
  std::optional<pid_t> pid;
  bool deflate = false;
  std::string json_file;
};

/// The text for `--help`.
extern const char* const usage;

/// @throws std::invalid_argument for unknown options and values out of range
[[nodiscard]] options parse_options(int argc, char** argv);

}  // namespace bench
