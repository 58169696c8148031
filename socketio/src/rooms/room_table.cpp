#include "room_table.hpp"

#include <algorithm>

namespace socketio::detail {

void room_table::add(const std::shared_ptr<room_member>& added) {
  const std::scoped_lock lock(mutex_);
  added->position = static_cast<std::uint32_t>(sockets_.size());
  sockets_.push_back(added);
  if (!own_rooms_.contains(added.get())) without_own_room_.insert(added.get());
}

// A socket that a middleware refused was never added.
bool room_table::has_added(const room_member& socket) const {
  return socket.position < sockets_.size() && sockets_[socket.position].get() == &socket;
}

void room_table::remove(room_member& removed) {
  const std::scoped_lock lock(mutex_);
  for (const auto& place : removed.memberships.slots()) {
    if (place.where != nullptr) exit(place);
  }
  removed.memberships.clear();
  own_rooms_.erase(&removed);
  without_own_room_.erase(&removed);
  if (!has_added(removed)) return;
  sockets_.back()->position = removed.position;
  std::swap(sockets_[removed.position], sockets_.back());
  sockets_.pop_back();
}

void room_table::join(room_member& socket, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    if (name == socket.id) {
      own_rooms_.insert(&socket);
      without_own_room_.erase(&socket);
      return;
    }
    found = rooms_.emplace(name).first;
    if (const auto own = own_rooms_.find(name); own != own_rooms_.end()) {
      auto& owner = **own;
      enter(owner, *found);
      leave_own_rooms(owner);
    }
  }
  if (socket.memberships.find(*found) == nullptr) enter(socket, *found);
}

void room_table::leave(room_member& socket, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = rooms_.find(name); found != rooms_.end()) {
    auto* place = socket.memberships.find(*found);
    if (place == nullptr) return;
    const auto left = *place;
    socket.memberships.erase(*place);
    exit(left);
  } else if (name == socket.id) {
    leave_own_rooms(socket);
  }
}

void room_table::leave_own_rooms(room_member& socket) {
  own_rooms_.erase(&socket);
  if (has_added(socket)) without_own_room_.insert(&socket);
}

std::span<room_member* const> room_table::members(std::string_view name) const {
  if (const auto found = rooms_.find(name); found != rooms_.end()) return found->members;
  if (const auto own = own_rooms_.find(name); own != own_rooms_.end()) return {&*own, 1};
  return {};
}

std::vector<std::string> room_table::rooms_of(const room_member& socket) const {
  const std::scoped_lock lock(mutex_);
  std::vector<membership> places;
  for (const auto& place : socket.memberships.slots()) {
    if (place.where != nullptr) places.push_back(place);
  }
  std::sort(places.begin(), places.end(), [](const membership& left, const membership& right) {
    return left.order < right.order;
  });
  std::vector<std::string> names;
  if (own_rooms_.find(std::string_view(socket.id)) != own_rooms_.end()) names.push_back(socket.id);
  for (const auto& place : places) names.push_back(place.where->name);
  // If its own room is an ordinary one, the socket may have joined it after others.
  const auto own = std::find(names.begin(), names.end(), socket.id);
  if (own != names.end()) std::rotate(names.begin(), own, own + 1);
  return names;
}

bool room_table::is_in(room_member& socket, std::string_view name) const {
  if (const auto found = rooms_.find(name); found != rooms_.end()) {
    return socket.memberships.find(*found) != nullptr;
  }
  return name == socket.id && own_rooms_.contains(&socket);
}

std::size_t room_table::rooms_count() const {
  const std::scoped_lock lock(mutex_);
  return rooms_.size() + own_rooms_.size();
}

std::size_t room_table::sockets_count() const {
  const std::scoped_lock lock(mutex_);
  return sockets_.size();
}

std::size_t room_table::sockets_count(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  return members(name).size();
}

void room_table::add_sizes(std::map<std::string, std::size_t>& sizes) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& room : rooms_) sizes[room.name] += room.members.size();
  for (const auto* socket : own_rooms_) ++sizes[socket->id];
}

std::shared_ptr<room_member> room_table::find(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  for (const auto* sockets : {&own_rooms_, &without_own_room_}) {
    const auto found = sockets->find(id);
    if (found != sockets->end() && has_added(**found)) return sockets_[(*found)->position];
  }
  return nullptr;
}

std::vector<std::shared_ptr<room_member>> room_table::sockets() const {
  const std::scoped_lock lock(mutex_);
  return {sockets_.begin(), sockets_.end()};
}

void room_table::enter(room_member& socket, const room& entered) {
  const auto position = static_cast<std::uint32_t>(entered.members.size());
  entered.members.push_back(&socket);
  socket.memberships.insert({&entered, position, socket.joined++});
}

// The last member takes the free place.
void room_table::exit(const membership& place) {
  auto& members = place.where->members;
  auto* const moved = members.back();
  members.pop_back();
  if (members.empty()) {
    rooms_.erase(*place.where);
  } else if (place.position < members.size()) {
    members[place.position] = moved;
    moved->memberships.find(*place.where)->position = place.position;
  }
}

}  // namespace socketio::detail
