#include "namespace_rooms.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace socketio::detail {

namespace_rooms::namespace_rooms(std::size_t shards) {
  for (std::size_t i = 0; i < shards; ++i) tables_.push_back(std::make_shared<room_table>());
}

void namespace_rooms::add_observer(std::shared_ptr<room_observer> added) {
  observers_.push_back(std::move(added));
}

template <class Function>
void namespace_rooms::tell(const engineio::shard& home, Function function) const {
  for (const auto& observer : observers_) {
    home.guard("room observer", [&] { function(*observer); });
  }
}

bool namespace_rooms::exists(std::string_view name) const {
  return std::any_of(tables_.begin(), tables_.end(),
                     [&](const auto& table) { return table->sockets_count(name) > 0; });
}

void namespace_rooms::add(const engineio::shard& home, const std::shared_ptr<room_member>& added) {
  on(home)->add(added);
}

void namespace_rooms::remove(const engineio::shard& home, room_member& removed) {
  auto& table = *on(home);
  if (!observers_.empty()) {
    for (const auto& name : table.rooms_of(removed)) leave(home, removed, name);
  }
  table.remove(removed);
}

void namespace_rooms::join(const engineio::shard& home, room_member& socket,
                           std::string_view name) {
  auto& table = *on(home);
  if (observers_.empty()) return table.join(socket, name);
  const std::scoped_lock lock(observed_);
  if (table.is_in(socket, name)) return;
  const bool is_new = !exists(name);
  table.join(socket, name);
  if (is_new) tell(home, [&](room_observer& observer) { observer.create_room(name); });
  tell(home, [&](room_observer& observer) { observer.join_room(name, socket.id); });
}

void namespace_rooms::leave(const engineio::shard& home, room_member& socket,
                            std::string_view name) {
  auto& table = *on(home);
  if (observers_.empty()) return table.leave(socket, name);
  const std::scoped_lock lock(observed_);
  if (!table.is_in(socket, name)) return;
  table.leave(socket, name);
  const bool was_last = !exists(name);
  tell(home, [&](room_observer& observer) { observer.leave_room(name, socket.id); });
  if (was_last) tell(home, [&](room_observer& observer) { observer.delete_room(name); });
}

std::size_t namespace_rooms::rooms_count() const {
  if (tables_.size() == 1) return tables_.front()->rooms_count();
  // A room may have members on several shards.
  return list().size();
}

std::size_t namespace_rooms::sockets_count() const {
  std::size_t count = 0;
  for (const auto& table : tables_) count += table->sockets_count();
  return count;
}

std::size_t namespace_rooms::sockets_count(std::string_view room) const {
  std::size_t count = 0;
  for (const auto& table : tables_) count += table->sockets_count(room);
  return count;
}

std::vector<room_info> namespace_rooms::list() const {
  std::map<std::string, std::size_t> sizes;
  for (const auto& table : tables_) table->add_sizes(sizes);
  std::vector<room_info> all;
  all.reserve(sizes.size());
  for (const auto& [name, count] : sizes) all.push_back({name, count});
  return all;
}

std::shared_ptr<room_member> namespace_rooms::find(std::string_view id) const {
  for (const auto& table : tables_) {
    if (auto found = table->find(id)) return found;
  }
  return nullptr;
}

std::vector<std::shared_ptr<room_member>> namespace_rooms::sockets() const {
  std::vector<std::shared_ptr<room_member>> all;
  for (const auto& table : tables_) {
    const auto some = table->sockets();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace socketio::detail
