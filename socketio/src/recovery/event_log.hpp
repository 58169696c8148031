#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/recovery.hpp>

#include "logged_event.hpp"
#include "memory_budget.hpp"

namespace socketio::detail {

/// The latest events of a namespace in their order: those that a client may have missed, and the
/// histories of rooms. Not thread-safe.
class event_log {
 public:
  using clock = std::chrono::steady_clock;

  struct limits {
    /// How long an event is kept for clients that are away; zero for not at all.
    clock::duration recovery_age{0};
    /// The history of a room; null for none. It is asked once for each event and room.
    std::function<const room_history*(std::string_view room)> history_of;
  };

  event_log(limits kept, memory_budget& budget) : limits_(std::move(kept)), budget_(budget) {}
  ~event_log();
  event_log(const event_log&) = delete;
  event_log& operator=(const event_log&) = delete;

  /// Adds the next event: its number has to be last() + 1.
  void append(const event_pointer& added);
  /// Adds the numbers up to this one, without events: no client may ask for what is before.
  void skip_to(std::uint64_t number);
  /// The number of the newest event; 0 before the first.
  [[nodiscard]] std::uint64_t last() const { return last_; }

  /// Whether all events after a number are there.
  [[nodiscard]] bool reaches_back_to(std::uint64_t number) const {
    return number >= complete_after_ && number <= last_;
  }
  /// Calls a function with each event after a number.
  template <class Function>
  void visit_after(std::uint64_t number, Function function) const {
    for (auto at = events_.upper_bound(number); at != events_.end(); ++at)
      function(at->second.event);
  }
  /// The latest events of a room's history, oldest first.
  [[nodiscard]] std::vector<event_pointer> latest(std::string_view room, std::size_t most) const;
  /// The events of a room's history after a number.
  [[nodiscard]] std::vector<event_pointer> after(std::string_view room, std::uint64_t number) const;

  /// Drops what is too old.
  void trim(clock::time_point now);
  /// The number of events that are kept.
  [[nodiscard]] std::size_t size() const { return events_.size(); }

 private:
  struct held_event {
    event_pointer event;
    std::size_t bytes = 0;
    std::size_t histories = 0;  // how many rooms keep it
  };
  struct room_events {
    const room_history* rule = nullptr;
    std::deque<event_pointer> events;
  };
  using event_map = std::map<std::uint64_t, held_event>;

  void add_to_history(std::string_view room, const event_pointer& added, held_event& held);
  void drop_oldest(room_events& history);
  void trim_missed(clock::time_point now);
  void trim_history(room_events& history, clock::time_point now);
  // Drops an event that is not kept for clients, unless a history keeps it.
  void release(event_map::iterator released);
  void erase(event_map::iterator erased);
  // Drops the oldest event, wherever it is kept.
  void evict();

  const limits limits_;
  memory_budget& budget_;
  event_map events_;
  std::map<std::string, room_events, std::less<>> histories_;
  std::uint64_t last_ = 0;
  std::uint64_t complete_after_ = 0;  // later events are kept for clients
};

}  // namespace socketio::detail
