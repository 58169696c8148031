#include "options.hpp"

#include <stdexcept>

#include "../conformance/program.hpp"

namespace bench {

const char* const usage = R"(Measures a Socket.IO server, a WebSocket server, or the floor.

  --url URL          http://127.0.0.1:3000; https for TLS, tcp for the floor
  --scenario NAME    echo, polling, binary, visit, websocket-echo, broadcast, rooms, connect, idle
  --connections N    clients (100)
  --in-flight N      echo, polling, binary, visit, websocket-echo: requests of each client without a
                     reply; broadcast, rooms: events that have not reached all; connect, idle:
                     clients that are connecting (1)
  --payload BYTES    (64)
  --rooms N          rooms that the clients are divided into: rooms, idle (100)
  --memberships N    rooms that each client is in: rooms, idle (1)
  --idle N           further clients that only answer heartbeats (0)
  --seconds S        how long is measured (5), after --warm-up S (1)
  --rate N           requests a second in all, at fixed times; latencies count from these times on,
                     even if the request leaves later (default: each reply triggers the next one)
  --messages N       instead of --seconds: each client sends N requests, broadcast and rooms send N
                     events in all; the run ends with the last reply or delivery
  --pid PID          the server's process, to measure its processor time and memory
  --deflate          offers permessage-deflate
  --json FILE        also writes the figures to a file

The events are those of socketio-bench-server and of node/server.mjs.
)";

namespace {

std::chrono::nanoseconds parse_seconds(const test_program::command_line& arguments,
                                       std::string_view option,
                                       std::chrono::nanoseconds otherwise) {
  const auto text = arguments.text(option);
  if (text.empty()) return otherwise;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(std::stod(text)));
}

void check(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

}  // namespace

options parse_options(int argc, char** argv) {
  const test_program::command_line arguments(
      argc, argv,
      {"--url", "--scenario", "--connections", "--in-flight", "--payload", "--rooms",
       "--memberships", "--idle", "--seconds", "--warm-up", "--rate", "--messages", "--pid",
       "--json"});
  options result;
  result.url = arguments.text("--url", result.url);
  result.what_name = arguments.text("--scenario", result.what_name);
  result.what = parse_scenario(result.what_name);
  result.connections = arguments.number("--connections", result.connections);
  result.in_flight = arguments.number("--in-flight", result.in_flight);
  result.payload = arguments.number("--payload", result.payload);
  result.rooms = arguments.number("--rooms", result.rooms);
  result.memberships = arguments.number("--memberships", result.memberships);
  result.idle = arguments.number("--idle", result.idle);
  result.seconds = parse_seconds(arguments, "--seconds", result.seconds);
  result.warm_up = parse_seconds(arguments, "--warm-up", result.warm_up);
  if (arguments.has("--rate")) result.rate = std::stod(arguments.text("--rate"));
  if (arguments.has("--messages")) result.messages = arguments.number("--messages", 0);
  if (arguments.has("--pid")) result.pid = static_cast<pid_t>(arguments.number("--pid", 0));
  result.deflate = arguments.has("--deflate");
  result.json_file = arguments.text("--json");

  check(result.connections >= 1, "--connections: at least 1");
  check(result.in_flight >= 1 && result.in_flight <= max_in_flight, "--in-flight: 1 to 900");
  check(result.payload >= 1, "--payload: at least 1");
  check(result.rooms >= 1 && result.rooms <= 10'000, "--rooms: 1 to 10000");
  check(result.what != scenario::rooms || result.memberships >= 1, "--memberships: at least 1");
  check(result.what != scenario::rooms || result.rooms <= result.connections,
        "--rooms: at most as many as there are clients");
  check(result.seconds.count() > 0, "--seconds: more than 0");
  check(!result.rate || *result.rate > 0, "--rate: more than 0");
  check(!result.messages || *result.messages > 0, "--messages: at least 1");
  check(!result.messages || !result.rate, "--messages: not together with --rate");
  return result;
}

}  // namespace bench
