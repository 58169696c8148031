#include "recovery_context.hpp"

#include <algorithm>
#include <utility>

#include <socketio/detail/check_option.hpp>
#include <socketio/engineio/identifier.hpp>

namespace socketio::detail {

namespace {

std::unique_ptr<event_journal> open_journal(const core_options& options,
                                            std::function<void(std::exception_ptr)> report) {
  if (options.storage.folder.empty()) return nullptr;
  std::chrono::milliseconds keep{0};
  if (options.connection_state_recovery) {
    keep = options.connection_state_recovery->max_disconnection_duration;
  }
  for (const auto& each : options.history) keep = std::max(keep, each.max_age);
  return std::make_unique<event_journal>(options.storage, keep, options.max_event_bytes,
                                         std::move(report));
}

const core_options& checked(const core_options& options) {
  check_positive("max_event_bytes", options.max_event_bytes);
  if (const auto& recovery = options.connection_state_recovery) {
    check_time("max_disconnection_duration", recovery->max_disconnection_duration);
  }
  for (const auto& each : options.history) {
    check_positive("max_events of a history", each.max_events);
    check_time("max_age of a history", each.max_age);
  }
  return options;
}

}  // namespace

recovery_context::recovery_context(const core_options& options, std::size_t max_send_queue,
                                   std::function<void(std::exception_ptr)> report)
    : recovery(checked(options).connection_state_recovery),
      histories(options.history),
      journal(open_journal(options, std::move(report))),
      epoch(journal ? journal->epoch() : engineio::make_identifier(0).substr(0, 10)),
      run(journal ? journal->run() : 1),
      max_missed_bytes(max_send_queue / 2),
      events(options.max_event_bytes),
      sockets(options.max_event_bytes / 4) {}

bool recovery_context::keeps_events_of(std::string_view nsp) const {
  return recovery || std::any_of(histories.begin(), histories.end(),
                                 [&](const room_history& each) { return each.nsp == nsp; });
}

recovery_statistics recovery_context::read_statistics() const {
  recovery_statistics result;
  result.events = events.count();
  result.event_bytes = events.used();
  result.sockets = sockets.count();
  result.socket_bytes = sockets.used();
  result.recovered = recovered;
  return result;
}

bool recovery_context::sweep_is_due(std::chrono::steady_clock::time_point now) {
  constexpr std::chrono::seconds interval(1);
  auto last = last_sweep_.load();
  return now.time_since_epoch() >= last + interval &&
         last_sweep_.compare_exchange_strong(last, now.time_since_epoch());
}

}  // namespace socketio::detail
