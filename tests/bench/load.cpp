#include "load.hpp"

#include <algorithm>
#include <stdexcept>

#include "arrival_load.hpp"
#include "broadcast_load.hpp"
#include "request_load.hpp"

namespace bench {

namespace {

// How long a run waits for the next event before it fails.
constexpr auto patience = std::chrono::seconds(20);

std::size_t different_requests(const options& chosen) {
  switch (chosen.what) {
    case scenario::broadcast:
      return 1;
    case scenario::rooms:
      return chosen.rooms;
    default:
      return chosen.in_flight;
  }
}

scenario idle_scenario(scenario what) {
  return what == scenario::websocket_echo ? what : scenario::idle;
}

}  // namespace

load::load(const options& chosen)
    : options_(chosen),
      target_(chosen.url),
      words_(chosen.what, different_requests(chosen), chosen.payload),
      settings_(target_, chosen.what, words_, chosen.deflate),
      silence_(scenario::idle, 0, 0),
      idle_settings_(target_, idle_scenario(chosen.what), silence_, chosen.deflate) {
  if (!settings_.wire_requests.empty()) {
    result_.request_bytes = settings_.wire_requests.front().size();
    result_.reply_bytes = settings_.wire_reply_size;
  }
}

void load::connect(std::size_t count, std::size_t at_a_time) {
  add_clients(count, at_a_time, settings_);
}

void load::connect_idle() {
  add_clients(options_.idle, 64, idle_settings_);
}

void load::add_clients(std::size_t count, std::size_t at_a_time, const client_settings& settings) {
  coming_ = &settings;
  wanted_ = clients_.size() + count;
  clients_.reserve(wanted_);
  begun_.reserve(wanted_);
  for (std::size_t i = 0; i < std::min(at_a_time, count); ++i) make_next();
  while (ready_ < wanted_) {
    run_until_grown(ready_);
    // Make clients here only, never in a notification.
    while (clients_.size() < std::min(wanted_, ready_ + at_a_time)) make_next();
  }
}

void load::make_next() {
  const auto index = clients_.size();
  begun_.push_back(clock::now());
  clients_.push_back(make_client(loop_, *coming_, *this, rooms_of(index), group_of(index)));
  clients_.back()->index = index;
}

std::vector<std::string> load::rooms_of(std::size_t index) const {
  std::vector<std::string> names;
  if (options_.what != scenario::rooms && options_.what != scenario::idle) return names;
  if (options_.memberships == 0) return names;
  names.push_back(room_name(index % options_.rooms));
  // All clients share the further rooms, to which nobody sends.
  for (std::size_t i = 1; i < options_.memberships; ++i) {
    names.push_back(room_name(options_.rooms + i));
  }
  return names;
}

std::uint32_t load::group_of(std::size_t index) const {
  switch (options_.what) {
    case scenario::broadcast:
      return 1;
    case scenario::rooms:
      return static_cast<std::uint32_t>(1 + index % options_.rooms);
    default:
      return 0;
  }
}

void load::on_ready(client& from) {
  ++ready_;
  came(from, clock::now() - begun_[from.index]);
}

void load::on_failure(client& from, std::string_view why) {
  throw std::runtime_error("client " + std::to_string(from.index) + ": " + std::string(why));
}

void load::run_until(time_point end) {
  while (clock::now() < end) {
    const auto next = work();
    loop_.run_once(next ? std::min(*next, end) : end);
  }
}

void load::run_until_grown(const std::uint64_t& count) {
  const auto before = count;
  const auto deadline = clock::now() + patience;
  while (count == before) {
    loop_.run_once(deadline);
    if (clock::now() >= deadline) throw std::runtime_error("the server does not answer in time");
  }
}

std::optional<process_figures> load::server_process() const {
  if (!options_.pid) return std::nullopt;
  return read_process(*options_.pid);
}

std::optional<memory_figures> load::server_memory() const {
  if (!options_.pid) return std::nullopt;
  return read_memory(*options_.pid);
}

void load::begin_window() {
  result_.messages = 0;
  result_.deliveries = 0;
  result_.latencies.clear();
  window_begin_ = clock::now();
  own_begin_ = own_processor_time();
  server_begin_ = server_process();
}

void load::end_window() {
  result_.elapsed = clock::now() - window_begin_;
  result_.own_processor = own_processor_time() - own_begin_;
  result_.server = difference(server_begin_, server_process());
}

std::unique_ptr<load> make_load(const options& chosen) {
  switch (chosen.what) {
    case scenario::broadcast:
    case scenario::rooms:
      return std::make_unique<broadcast_load>(chosen);
    case scenario::connect:
    case scenario::idle:
      return std::make_unique<arrival_load>(chosen);
    default:
      return std::make_unique<request_load>(chosen);
  }
}

std::optional<process_figures> difference(const std::optional<process_figures>& from,
                                          const std::optional<process_figures>& to) {
  if (!from || !to) return std::nullopt;
  process_figures taken{to->processor - from->processor, to->user - from->user,
                        to->system - from->system, to->threads};
  for (const auto& [thread, time] : from->threads) {
    if (const auto found = taken.threads.find(thread); found != taken.threads.end()) {
      found->second -= time;
    }
  }
  return taken;
}

std::optional<memory_figures> difference(const std::optional<memory_figures>& from,
                                         const std::optional<memory_figures>& to) {
  if (!from || !to) return std::nullopt;
  return memory_figures{to->rss - from->rss, to->pss - from->pss, to->kernel - from->kernel};
}

}  // namespace bench
