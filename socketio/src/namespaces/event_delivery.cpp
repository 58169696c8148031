#include "event_delivery.hpp"

#include <utility>

#include "recovery/log_offset.hpp"

namespace socketio::detail {
namespace {

event_log::limits limits_for(const std::string& nsp, const recovery_context& context) {
  event_log::limits limits;
  if (context.recovery) limits.recovery_age = context.recovery->max_disconnection_duration;
  std::vector<const room_history*> rules;
  for (const auto& rule : context.histories) {
    if (rule.nsp == nsp) rules.push_back(&rule);
  }
  if (rules.empty()) return limits;
  limits.history_of = [rules](std::string_view room) -> const room_history* {
    for (const auto* rule : rules) {
      if (rule->rooms.matches(room)) return rule;
    }
    return nullptr;
  };
  return limits;
}

}  // namespace

event_delivery::event_delivery(std::string nsp, std::shared_ptr<const core_context> shared,
                               const namespace_rooms& rooms, const journalled_namespace& kept)
    : nsp_(std::move(nsp)),
      shared_(std::move(shared)),
      context_(*shared_->recovery()),
      log_(limits_for(nsp_, context_), context_.events),
      runs_(kept.runs) {
  for (const auto& event : kept.events) {
    if (event->number != log_.last() + 1) log_.skip_to(event->number - 1);
    log_.append(event);
  }
  if (log_.last() < kept.last) log_.skip_to(kept.last);
  log_.trim(event_log::clock::now());
  for (const auto& shard : shared_->shards) {
    parts_.push_back(std::make_unique<shard_part>());
    parts_.back()->home = shard;
    parts_.back()->table = rooms.on(*shard);
    parts_.back()->position = log_.last();
  }
}

// --- Sending

void event_delivery::send(event_target target, const encoded_arguments& event,
                          const engineio::shard* home) {
  const auto logged = std::make_shared<logged_event>();
  logged->target = std::move(target);
  logged->event = event;
  logged->when = event_log::clock::now();
  logged->time = std::chrono::system_clock::now();
  shard_part* own = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    logged->number = log_.last() + 1;
    const auto packet = std::make_shared<const encoded_packet>(encode(*logged));
    log_.append(logged);
    if (context_.journal) context_.journal->add(nsp_, *logged);
    for (const auto& part : parts_) {
      if (home != nullptr && part->home.get() != home) continue;
      const bool is_first = part->waiting.empty();
      part->waiting.push_back({logged, packet});
      if (part->home->running_here()) {
        own = part.get();
      } else if (is_first) {
        part->home->post([self = shared_from_this(), to = part.get()] { self->deliver(*to); });
      }
    }
  }
  if (own != nullptr) deliver(*own);
}

bool event_delivery::take(shard_part& part) {
  const std::scoped_lock lock(mutex_);
  part.taken.swap(part.waiting);
  // What has not come to this shard is not for its sockets.
  if (part.taken.empty()) part.position = log_.last();
  return !part.taken.empty();
}

void event_delivery::deliver(shard_part& part) {
  // What a handler emits meanwhile comes behind what is being sent.
  if (part.delivering) return;
  const struct end_of_delivery {
    bool& flag;

    ~end_of_delivery() { flag = false; }
  } guard{part.delivering = true};
  while (!part.taken.empty() || take(part)) {
    const auto due = std::move(part.taken.front());
    part.taken.pop_front();
    part.position = due.event->number;
    send_(*part.table, *due.packet, *due.event);
  }
}

encoded_packet event_delivery::encode(const encoded_arguments& event, bool compress,
                                      std::uint64_t number) const {
  if (!context_.recovery) return encode_event(shared_->codec, event, nsp_, {}, compress);
  auto with_offset = event;
  append_offset(with_offset, offset_of(number));
  return encode_event(shared_->codec, with_offset, nsp_, {}, compress);
}

encoded_packet event_delivery::encode(const logged_event& event) const {
  return encode(event.event, event.target.options.flags.compress, event.number);
}

encoded_packet event_delivery::encode_unlogged(const engineio::shard& home,
                                               const encoded_arguments& event,
                                               bool compress) const {
  // Clients take a string at the end for an offset, so it has to be one.
  if (ends_in_string(event)) return encode(event, compress, position(home));
  return encode_event(shared_->codec, event, nsp_, {}, compress);
}

// --- Recovery

std::optional<std::uint64_t> event_delivery::number_of(std::string_view offset) const {
  const auto read = read_offset(context_.epoch, offset);
  if (!read) return std::nullopt;
  if (read->run == context_.run) return read->number;
  // What an earlier run has sent, but not written, is not known any more.
  const auto found = runs_.find(read->run);
  if (found == runs_.end() || read->number > found->second) return std::nullopt;
  return read->number;
}

std::string event_delivery::offset_of(std::uint64_t number) const {
  return write_offset(context_.epoch, {context_.run, number});
}

bool event_delivery::has_missed(const recovery_record& record, std::uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  return record.reaches_back_to(number) && log_.reaches_back_to(number);
}

std::optional<std::vector<event_pointer>> event_delivery::missed(engineio::shard& home,
                                                                 const recovery_record& record,
                                                                 std::string_view id,
                                                                 std::uint64_t number) {
  auto& part = *parts_[home.index()];
  if (part.delivering || !record.reaches_back_to(number)) return std::nullopt;
  std::vector<event_pointer> events;
  while (true) {
    deliver(part);
    const std::scoped_lock lock(mutex_);
    if (!part.waiting.empty()) continue;
    part.position = log_.last();
    if (!log_.reaches_back_to(number)) return std::nullopt;
    log_.visit_after(number, [&](const event_pointer& event) { events.push_back(event); });
    break;
  }
  auto missed = record.received(id, std::move(events));
  std::size_t bytes = 0;
  for (const auto& event : missed) bytes += event->size();
  if (bytes > context_.max_missed_bytes) return std::nullopt;
  return missed;
}

// --- History

std::vector<event_pointer> event_delivery::latest(engineio::shard& home, std::string_view room,
                                                  std::size_t most) {
  auto& part = *parts_[home.index()];
  deliver(part);
  const std::scoped_lock lock(mutex_);
  auto events = log_.latest(room, most);
  std::erase_if(events, [&](const auto& event) { return event->number > part.position; });
  return events;
}

std::vector<event_pointer> event_delivery::history(std::string_view room,
                                                   std::uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  return log_.after(room, number);
}

void event_delivery::trim(std::chrono::steady_clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  log_.trim(now);
}

}  // namespace socketio::detail
