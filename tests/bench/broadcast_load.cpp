#include "broadcast_load.hpp"

#include <limits>

namespace bench {

broadcast_load::broadcast_load(const options& chosen)
    : load(chosen), left_(chosen.messages.value_or(std::numeric_limits<std::uint64_t>::max())) {
  rooms_.resize(options_.what == scenario::rooms ? options_.rooms : 1);
  heard_.resize(options_.connections);
  for (std::size_t i = 0; i < options_.connections; ++i) ++rooms_[i % rooms_.size()].members;
  for (auto& each : rooms_) each.events.resize(options_.in_flight);
}

measurement broadcast_load::run() {
  connect(options_.connections, 64);
  const auto begin = clock::now();
  begin_window();
  if (options_.rate) {
    rate_begin_ = begin;
  } else {
    for (std::size_t sent = 0; sent < options_.in_flight; ++sent) start_next(begin);
  }
  if (options_.messages) {
    while (result_.messages < *options_.messages) run_until_grown(result_.deliveries);
  } else {
    run_until(begin + options_.warm_up);
    begin_window();
    run_until(clock::now() + options_.seconds);
  }
  end_window();
  result_.memory = server_memory();
  return result_;
}

void broadcast_load::start(time_point intended) {
  auto& chosen = rooms_[next_room_];
  chosen.events[chosen.sent++ % options_.in_flight] = {intended, chosen.members};
  ++outstanding_;
  // The room's first member and its request have the room's number.
  auto& sender = *clients_[next_room_];
  sender.send(next_room_);
  sender.flush();
  next_room_ = (next_room_ + 1) % rooms_.size();
}

void broadcast_load::start_next(time_point intended) {
  if (left_ == 0) return;
  --left_;
  start(intended);
}

void broadcast_load::on_delivery(client& from) {
  auto& in = rooms_[from.index % rooms_.size()];
  auto& heard = in.events[heard_[from.index]++ % options_.in_flight];
  const auto now = clock::now();
  result_.latencies.add(now - heard.started);
  ++result_.deliveries;
  if (--heard.missing != 0) return;
  ++result_.messages;
  --outstanding_;
  if (!options_.rate) start_next(now);
}

std::optional<time_point> broadcast_load::work() {
  if (!rate_begin_) return std::nullopt;
  const auto due_at = [this](std::uint64_t number) {
    return *rate_begin_ + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(
                              static_cast<double>(number) / *options_.rate));
  };
  // Send late what could not leave in time, and count its latency from when it was due.
  while (outstanding_ < options_.in_flight && due_at(due_) <= clock::now()) start(due_at(due_++));
  if (outstanding_ == options_.in_flight) return std::nullopt;
  return due_at(due_);
}

}  // namespace bench
