#include "arrival_load.hpp"

#include <algorithm>

namespace bench {

measurement arrival_load::run() {
  // Do not measure what the server allocates once, for its first clients.
  connect(std::max<std::size_t>(options_.connections / 10, 1), options_.in_flight);
  const auto memory_before = server_memory();
  begin_window();
  connect(options_.connections, options_.in_flight);
  end_window();
  if (options_.what == scenario::idle) {
    const auto before = server_process();
    run_until(clock::now() + options_.seconds);
    result_.while_idle = difference(before, server_process());
  }
  result_.memory = server_memory();
  result_.growth = difference(memory_before, result_.memory);
  return result_;
}

void arrival_load::came(client& /*from*/, std::chrono::nanoseconds after) {
  result_.latencies.add(after);
  ++result_.messages;
  ++result_.deliveries;
}

}  // namespace bench
