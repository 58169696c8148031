#include "recoverable_sockets.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace socketio::detail {
namespace {

std::size_t size_of(const saved_socket& saved) {
  return sizeof(saved) + saved.id.size() + saved.pid.size() + saved.record.size() +
         saved.data.size();
}

}  // namespace

recoverable_sockets::recoverable_sockets(std::string nsp, recovery_context& context,
                                         std::map<std::string, journalled_socket>&& kept)
    : nsp_(std::move(nsp)), context_(context) {
  const auto now = std::chrono::steady_clock::now();
  const auto time = std::chrono::system_clock::now();
  for (auto& [pid, socket] : kept) {
    const auto age = std::max(time - *socket.away_since, std::chrono::system_clock::duration{});
    auto saved = std::make_unique<saved_socket>(
        saved_socket{socket.id, pid, std::move(socket.record), {}, now - age});
    saved->data.set(std::move(socket.data));
    take_back(std::move(saved));
  }
  trim(now);
}

recoverable_sockets::~recoverable_sockets() {
  clear();
}

void recoverable_sockets::add(const std::string& pid, const std::shared_ptr<socket_state>& socket,
                              std::string id, const recovery_record& record, json data) {
  {
    const std::scoped_lock lock(mutex_);
    by_pid_.insert_or_assign(pid, std::weak_ptr(socket));
  }
  if (!context_.journal) return;
  context_.journal->connected(nsp_, pid, {std::move(id), record, std::move(data), {}});
}

void recoverable_sockets::joined(const std::string& pid, std::string_view room,
                                 std::uint64_t number) {
  if (context_.journal) context_.journal->joined(nsp_, pid, room, number);
}

void recoverable_sockets::left(const std::string& pid, std::string_view room,
                               std::uint64_t number) {
  if (context_.journal) context_.journal->left(nsp_, pid, room, number);
}

void recoverable_sockets::changed(const std::string& pid, json data) {
  if (context_.journal) context_.journal->changed(nsp_, pid, std::move(data));
}

void recoverable_sockets::remove(const std::string& pid) {
  {
    const std::scoped_lock lock(mutex_);
    by_pid_.erase(pid);
  }
  if (context_.journal) context_.journal->ended(nsp_, pid);
}

void recoverable_sockets::save(std::unique_ptr<saved_socket> saved) {
  if (context_.journal) context_.journal->away(nsp_, saved->pid);
  take_back(std::move(saved));
}

void recoverable_sockets::take_back(std::unique_ptr<saved_socket> saved) {
  // Objects of the application end without the lock.
  std::vector<std::unique_ptr<saved_socket>> dropped;
  const std::scoped_lock lock(mutex_);
  context_.sockets.add(size_of(*saved));
  const auto pid = saved->pid;
  // A socket that was claimed has gone before others.
  const auto place = std::find_if(away_.rbegin(), away_.rend(), [&](const auto& each) {
                       return each->since <= saved->since;
                     }).base();
  by_pid_.insert_or_assign(pid, away_.insert(place, std::move(saved)));
  while (context_.sockets.is_exceeded() && !away_.empty()) dropped.push_back(drop(away_.begin()));
}

bool recoverable_sockets::contains(const std::string& pid) const {
  const std::scoped_lock lock(mutex_);
  return by_pid_.contains(pid);
}

recoverable_sockets::claimed recoverable_sockets::claim(const std::string& pid) {
  trim(std::chrono::steady_clock::now());
  const std::scoped_lock lock(mutex_);
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) return {};
  if (const auto* connected = std::get_if<std::weak_ptr<socket_state>>(&found->second)) {
    if (auto socket = connected->lock()) return socket;
    return {};
  }
  return take(std::get<away_list::iterator>(found->second));
}

std::unique_ptr<saved_socket> recoverable_sockets::take(away_list::iterator taken) {
  auto saved = std::move(*taken);
  away_.erase(taken);
  by_pid_.erase(saved->pid);
  context_.sockets.subtract(size_of(*saved));
  return saved;
}

void recoverable_sockets::trim(std::chrono::steady_clock::time_point now) {
  std::vector<std::unique_ptr<saved_socket>> dropped;
  const std::scoped_lock lock(mutex_);
  while (!away_.empty() && is_over(*away_.front(), now)) {
    dropped.push_back(drop(away_.begin()));
  }
}

std::unique_ptr<saved_socket> recoverable_sockets::drop(away_list::iterator dropped) {
  auto saved = take(dropped);
  if (context_.journal) context_.journal->ended(nsp_, saved->pid);
  return saved;
}

void recoverable_sockets::clear() {
  std::vector<std::unique_ptr<saved_socket>> dropped;
  const std::scoped_lock lock(mutex_);
  while (!away_.empty()) dropped.push_back(take(away_.begin()));
  by_pid_.clear();
}

}  // namespace socketio::detail
