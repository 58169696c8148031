#include "event_log.hpp"

#include <algorithm>
#include <utility>

namespace socketio::detail {

event_log::~event_log() {
  for (const auto& [number, held] : events_) budget_.subtract(held.bytes);
}

void event_log::append(const event_pointer& added) {
  const auto now = added->when;
  last_ = added->number;
  held_event held;
  held.bytes = added->size();
  held.event = added;
  const auto place = events_.emplace_hint(events_.end(), last_, std::move(held));
  budget_.add(place->second.bytes);
  if (limits_.history_of && added->target.socket.empty()) {
    const auto& rooms = added->target.options.rooms;
    if (rooms.empty()) add_to_history({}, added, place->second);
    for (const auto& room : rooms) add_to_history(room, added, place->second);
  }
  if (limits_.recovery_age == clock::duration::zero()) {
    complete_after_ = last_;
    release(place);
  }
  trim_missed(now);
  while (budget_.is_exceeded() && !events_.empty()) evict();
}

void event_log::skip_to(std::uint64_t number) {
  last_ = std::max(last_, number);
  complete_after_ = last_;
}

void event_log::add_to_history(std::string_view room, const event_pointer& added,
                               held_event& held) {
  auto found = histories_.find(room);
  if (found == histories_.end()) {
    const auto* rule = limits_.history_of(room);
    if (rule == nullptr) return;
    found = histories_.emplace(room, room_events{rule, {}}).first;
  }
  auto& history = found->second;
  // A broadcast may name a room twice.
  if (!history.events.empty() && history.events.back() == added) return;
  history.events.push_back(added);
  ++held.histories;
  while (history.events.size() > history.rule->max_events) drop_oldest(history);
  trim_history(history, added->when);
}

void event_log::drop_oldest(room_events& history) {
  const auto found = events_.find(history.events.front()->number);
  history.events.pop_front();
  --found->second.histories;
  if (found->first <= complete_after_) release(found);
}

void event_log::release(event_map::iterator released) {
  if (released->second.histories == 0) erase(released);
}

void event_log::erase(event_map::iterator erased) {
  budget_.subtract(erased->second.bytes);
  events_.erase(erased);
}

void event_log::evict() {
  const auto oldest = events_.begin();
  complete_after_ = std::max(complete_after_, oldest->first);
  const auto forget = [&](std::string_view room) {
    const auto found = histories_.find(room);
    if (found == histories_.end()) return;
    auto& events = found->second.events;
    if (!events.empty() && events.front() == oldest->second.event) events.pop_front();
    if (events.empty()) histories_.erase(found);
  };
  const auto& rooms = oldest->second.event->target.options.rooms;
  if (rooms.empty()) forget({});
  for (const auto& room : rooms) forget(room);
  erase(oldest);
}

std::vector<event_pointer> event_log::latest(std::string_view room, std::size_t most) const {
  const auto found = histories_.find(room);
  if (found == histories_.end()) return {};
  const auto& events = found->second.events;
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, events.size()));
  return {events.end() - count, events.end()};
}

std::vector<event_pointer> event_log::after(std::string_view room, std::uint64_t number) const {
  const auto found = histories_.find(room);
  if (found == histories_.end()) return {};
  const auto& events = found->second.events;
  const auto first = std::upper_bound(
      events.begin(), events.end(), number,
      [](std::uint64_t value, const event_pointer& event) { return value < event->number; });
  return {first, events.end()};
}

void event_log::trim(clock::time_point now) {
  trim_missed(now);
  for (auto at = histories_.begin(); at != histories_.end();) {
    trim_history(at->second, now);
    at = at->second.events.empty() ? histories_.erase(at) : std::next(at);
  }
}

void event_log::trim_missed(clock::time_point now) {
  for (auto at = events_.upper_bound(complete_after_); at != events_.end();) {
    if (at->second.event->when + limits_.recovery_age > now) break;
    const auto old = at++;
    complete_after_ = old->first;
    release(old);
  }
}

void event_log::trim_history(room_events& history, clock::time_point now) {
  while (!history.events.empty() && history.events.front()->when + history.rule->max_age <= now) {
    drop_oldest(history);
  }
}

}  // namespace socketio::detail
