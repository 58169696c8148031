#include <algorithm>

#include <socketio/engineio/statistics.hpp>

namespace socketio::engineio {

statistics& statistics::operator+=(const statistics& other) {
  connections += other.connections;
  sessions += other.sessions;
  queue_bytes += other.queue_bytes;
  waiting_events += other.waiting_events;
  lag = std::max(lag, other.lag);
  max_lag = std::max(max_lag, other.max_lag);
  connections_refused += other.connections_refused;
  sessions_opened += other.sessions_opened;
  upgrades += other.upgrades;
  packets_received += other.packets_received;
  packets_sent += other.packets_sent;
  bytes_received += other.bytes_received;
  bytes_sent += other.bytes_sent;
  dropped += other.dropped;
  sessions_ended += other.sessions_ended;
  sockets_ended += other.sockets_ended;
  refusals += other.refusals;
  exceptions += other.exceptions;
  return *this;
}

statistics shard_counters::read() const {
  statistics result;
  result.connections = connections.value();
  result.sessions = sessions.read();
  result.queue_bytes = queue_bytes.value();
  result.waiting_events = waiting_events.value();
  result.connections_refused = connections_refused.value();
  result.sessions_opened = sessions_opened.value();
  result.upgrades = upgrades.value();
  result.packets_received = packets_received.value();
  result.packets_sent = packets_sent.value();
  result.bytes_received = bytes_received.value();
  result.bytes_sent = bytes_sent.value();
  result.dropped = dropped.value();
  result.sessions_ended = sessions_ended.read();
  result.sockets_ended = sockets_ended.read();
  result.refusals = refusals.read();
  result.exceptions = exceptions.load(std::memory_order_relaxed);
  return result;
}

}  // namespace socketio::engineio
