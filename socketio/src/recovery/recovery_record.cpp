#include "recovery_record.hpp"

#include <algorithm>
#include <unordered_map>

namespace socketio::detail {

void recovery_record::join(std::string_view room, std::uint64_t number) {
  const auto is_same = [&](const stay& each) { return each.until == still && each.room == room; };
  if (std::none_of(stays_.begin(), stays_.end(), is_same)) {
    stays_.push_back({std::string(room), number, still});
  }
}

void recovery_record::leave(std::string_view room, std::uint64_t number) {
  const auto found = std::find_if(stays_.rbegin(), stays_.rend(), [&](const stay& each) {
    return each.until == still && each.room == room;
  });
  if (found == stays_.rend()) return;
  if (found->after == number) {  // no event fell into it
    stays_.erase(std::next(found).base());
    return;
  }
  found->until = number;
  if (++former_ > max_former) forget_former();
}

// Half of them, the older ones.
void recovery_record::forget_former() {
  std::size_t forgotten = 0;
  std::erase_if(stays_, [&](const stay& each) {
    if (each.until == still || forgotten == max_former / 2) return false;
    ++forgotten;
    known_after_ = std::max(known_after_, each.until);
    return true;
  });
  former_ -= forgotten;
}

std::vector<std::string> recovery_record::rooms() const {
  std::vector<std::string> current;
  for (const auto& each : stays_) {
    if (each.until == still) current.push_back(each.room);
  }
  return current;
}

std::vector<event_pointer> recovery_record::received(std::string_view id,
                                                     std::vector<event_pointer> events) const {
  std::unordered_multimap<std::string_view, const stay*> by_room;
  for (const auto& each : stays_) by_room.emplace(each.room, &each);
  const auto was_in = [&](const std::vector<std::string>& rooms, std::uint64_t number) {
    return std::any_of(rooms.begin(), rooms.end(), [&](const std::string& room) {
      const auto [first, last] = by_room.equal_range(room);
      return std::any_of(first, last, [&](const auto& found) {
        return found.second->after < number && number <= found.second->until;
      });
    });
  };
  std::erase_if(events, [&](const event_pointer& event) {
    const auto& [socket, options] = event->target;
    if (event->number <= began_) return true;
    if (!socket.empty()) return socket != id;
    if (!options.rooms.empty() && !was_in(options.rooms, event->number)) return true;
    return was_in(options.except, event->number);
  });
  return events;
}

json recovery_record::write() const {
  json written{{"began", began_}, {"known_after", known_after_}, {"stays", json::array()}};
  for (const auto& each : stays_) {
    written["stays"].push_back({each.room, each.after, each.until});
  }
  return written;
}

recovery_record recovery_record::read(const json& written) {
  recovery_record record(written.at("began").get<std::uint64_t>());
  written.at("known_after").get_to(record.known_after_);
  for (const auto& each : written.at("stays")) {
    record.stays_.push_back({each.at(0).get<std::string>(), each.at(1).get<std::uint64_t>(),
                             each.at(2).get<std::uint64_t>()});
    if (record.stays_.back().until != still) ++record.former_;
  }
  return record;
}

std::size_t recovery_record::size() const {
  auto all = sizeof(*this);
  for (const auto& each : stays_) all += sizeof(each) + each.room.size();
  return all;
}

}  // namespace socketio::detail
