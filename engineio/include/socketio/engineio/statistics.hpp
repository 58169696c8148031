#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <socketio/detail/language.hpp>

namespace socketio::engineio {

/// A number that one thread at a time changes, without a lock or an atomic operation, and that any
/// thread reads.
class counter {
 public:
  void add(std::uint64_t amount = 1) { set(value() + amount); }
  void subtract(std::uint64_t amount = 1) { set(value() - amount); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Numbers by name, from a fixed list whose last name stands for all others.
template <class Names>
struct counts_by_name {
  std::array<std::uint64_t, Names::list.size()> values{};

  [[nodiscard]] std::uint64_t operator[](std::string_view name) const {
    return values[index_of(name)];
  }
  [[nodiscard]] static constexpr std::size_t index_of(std::string_view name) {
    std::size_t index = 0;
    while (index + 1 < Names::list.size() && Names::list[index] != name) ++index;
    return index;
  }
  counts_by_name& operator+=(const counts_by_name& other) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
    return *this;
  }
};

struct transport_names {
  static constexpr std::array<std::string_view, 3> list = {"polling", "websocket", "other"};
};
/// Why sessions and sockets end.
struct reason_names {
  static constexpr std::array<std::string_view, 9> list = {"transport close",
                                                           "transport error",
                                                           "ping timeout",
                                                           "parse error",
                                                           "forced close",
                                                           "server shutting down",
                                                           "client namespace disconnect",
                                                           "server namespace disconnect",
                                                           "other"};
};
/// Why handshakes and requests are refused; the position is the code of connection_error.
struct refusal_names {
  static constexpr std::array<std::string_view, 7> list = {"unknown transport",
                                                           "unknown sid",
                                                           "bad handshake method",
                                                           "bad request",
                                                           "forbidden",
                                                           "unsupported protocol version",
                                                           "other"};
};

/// What happens on a shard, in numbers: first how it is now, then what has happened so far.
struct statistics {
  std::uint64_t connections = 0;             ///< of the host
  counts_by_name<transport_names> sessions;  ///< by their transport
  std::uint64_t queue_bytes = 0;             ///< of output that waits for clients to take it
  std::uint64_t waiting_events = 0;          ///< of Socket.IO, with the option sequential_handlers
  /// How late the event loop noticed the last deadline that passed, and the most it was ever late.
  std::chrono::microseconds lag{0};
  std::chrono::microseconds max_lag{0};

  std::uint64_t connections_refused = 0;  ///< since there was no room
  std::uint64_t sessions_opened = 0;
  std::uint64_t upgrades = 0;
  std::uint64_t packets_received = 0;  ///< of Engine.IO
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_received = 0;  ///< in these packets
  std::uint64_t bytes_sent = 0;
  std::uint64_t dropped = 0;                    ///< volatile events that a client did not get
  counts_by_name<reason_names> sessions_ended;  ///< by reason
  counts_by_name<reason_names> sockets_ended;   ///< of Socket.IO, by reason
  counts_by_name<refusal_names> refusals;       ///< by kind
  std::uint64_t exceptions = 0;                 ///< of application code

  /// Adds those of another shard; the lag is the greater one.
  statistics& operator+=(const statistics& other);
};

/// The counters behind the statistics of a shard. Change them on the shard, except `exceptions`.
struct shard_counters {
  template <class Names>
  struct by_name {
    std::array<counter, Names::list.size()> values;

    counter& operator[](std::string_view name) {
      return values[counts_by_name<Names>::index_of(name)];
    }
    [[nodiscard]] counts_by_name<Names> read() const {
      counts_by_name<Names> result;
      for (std::size_t i = 0; i < values.size(); ++i) result.values[i] = values[i].value();
      return result;
    }
  };

  counter connections;
  by_name<transport_names> sessions;
  counter queue_bytes;
  counter waiting_events;
  counter connections_refused;
  counter sessions_opened;
  counter upgrades;
  counter packets_received;
  counter packets_sent;
  counter bytes_received;
  counter bytes_sent;
  counter dropped;
  by_name<reason_names> sessions_ended;
  by_name<reason_names> sockets_ended;
  by_name<refusal_names> refusals;
  std::atomic<std::uint64_t> exceptions{0};  // any thread

  /// Any thread.
  [[nodiscard]] statistics read() const;
};

}  // namespace socketio::engineio
