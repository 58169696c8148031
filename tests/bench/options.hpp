#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dialogue.hpp"

namespace bench {

/// What the command line says.
struct options {
  std::string url = "http://127.0.0.1:3000";
  scenario what = scenario::echo;
  std::string what_name = "echo";
  std::size_t connections = 100;
  /// echo and the like: requests of each client that wait for their reply; broadcast and rooms:
  /// events that have not reached all yet; connect and idle: clients that are connecting.
  std::size_t in_flight = 1;
  std::size_t payload = 64;     ///< bytes
  std::size_t rooms = 100;      ///< into which the clients are divided, for rooms and idle
  std::size_t memberships = 1;  ///< rooms that each client is in
  std::size_t idle = 0;         ///< further clients that do nothing
  std::chrono::nanoseconds seconds = std::chrono::seconds(5);
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  /// Requests a second of all clients together, sent at times that do not depend on the server;
  /// nothing: the next request follows the reply.
  std::optional<double> rate;
  /// Ends the run after so many requests of each client, or events of broadcast and rooms in all,
  /// instead of after a time: what the server does for them can be counted.
  std::optional<std::uint64_t> messages;
  std::optional<pid_t> pid;
  bool deflate = false;
  std::string json_file;
};

/// What `--help` prints.
extern const char* const usage;

/// @throws std::invalid_argument for what it does not understand
[[nodiscard]] options parse_options(int argc, char** argv);

}  // namespace bench
