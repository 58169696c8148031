#include "request_load.hpp"

namespace bench {

request_load::request_load(const options& chosen) : load(chosen) {
  lanes_.resize(options_.connections);
  for (auto& each : lanes_) {
    each.started.resize(options_.in_flight);
    each.left = options_.messages.value_or(each.left);
  }
}

measurement request_load::run() {
  connect(options_.connections, 64);
  connect_idle();
  const auto begin = clock::now();
  begin_window();
  if (options_.rate) {
    rate_begin_ = begin;
  } else {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      for (std::size_t sent = 0; sent < options_.in_flight; ++sent) start_next(i, begin);
      clients_[i]->flush();
    }
  }
  if (options_.messages) {
    const auto all = *options_.messages * lanes_.size();
    while (result_.messages < all) run_until_grown(result_.messages);
  } else {
    run_until(begin + options_.warm_up);
    begin_window();
    run_until(clock::now() + options_.seconds);
  }
  end_window();
  result_.memory = server_memory();
  return result_;
}

void request_load::start(std::size_t index, time_point intended) {
  auto& own = lanes_[index];
  own.started[own.next_request] = intended;
  clients_[index]->send(own.next_request);
  if (++own.next_request == options_.in_flight) own.next_request = 0;
  ++own.outstanding;
}

void request_load::start_next(std::size_t index, time_point intended) {
  auto& left = lanes_[index].left;
  if (left == 0) return;
  --left;
  start(index, intended);
}

void request_load::on_reply(client& from) {
  auto& own = lanes_[from.index];
  const auto now = clock::now();
  result_.latencies.add(now - own.started[own.next_reply]);
  if (++own.next_reply == options_.in_flight) own.next_reply = 0;
  --own.outstanding;
  ++result_.messages;
  ++result_.deliveries;
  if (!options_.rate) {
    start_next(from.index, now);
  } else if (!own.late.empty()) {
    start(from.index, own.late.front());
    own.late.pop_front();
  }
}

std::optional<time_point> request_load::work() {
  if (!rate_begin_) return std::nullopt;
  const auto due_at = [this](std::uint64_t number) {
    return *rate_begin_ + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(
                              static_cast<double>(number) / *options_.rate));
  };
  const auto now = clock::now();
  while (due_at(due_) <= now) {
    const auto index = static_cast<std::size_t>(due_ % lanes_.size());
    auto& own = lanes_[index];
    if (own.outstanding == options_.in_flight) {
      own.late.push_back(due_at(due_));
    } else {
      start(index, due_at(due_));
      clients_[index]->flush();
    }
    ++due_;
  }
  return due_at(due_);
}

}  // namespace bench
