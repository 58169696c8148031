#include "room_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "socket_state.hpp"

namespace socketio::detail {

seeded_hash::seeded_hash() {
  std::random_device device;
  for (auto& word : key_) word = (std::uint64_t{device()} << 32U) | device();
}

std::size_t seeded_hash::operator()(std::string_view name) const {
  std::uint64_t v0 = key_[0] ^ 0x736f6d6570736575U;
  std::uint64_t v1 = key_[1] ^ 0x646f72616e646f6dU;
  std::uint64_t v2 = key_[0] ^ 0x6c7967656e657261U;
  std::uint64_t v3 = key_[1] ^ 0x7465646279746573U;
  const auto round = [&] {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32) + v3;
    v2 += v1;
    v3 = std::rotl(v3, 21) ^ v0;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  const std::uint64_t length = name.size();
  for (; name.size() >= sizeof(std::uint64_t); name.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), sizeof(word));
    absorb(word);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, name.data(), name.size());
  absorb(last | length << 56U);
  v2 ^= 0xFFU;
  round();
  round();
  round();
  return static_cast<std::size_t>(v0 ^ v1 ^ v2 ^ v3);
}

void room_table::add(const std::shared_ptr<socket_state>& added) {
  const std::scoped_lock lock(mutex_);
  sockets_.emplace(added.get(), added);
  enter(*added, everyone_);
}

void room_table::remove(socket_state& removed) {
  const std::scoped_lock lock(mutex_);
  while (!removed.memberships.empty()) exit(removed, removed.memberships.size() - 1);
  sockets_.erase(&removed);
}

void room_table::join(socket_state& socket, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    found = rooms_.emplace(std::string(name), std::make_unique<room>()).first;
    found->second->name = name;
  }
  auto& entered = *found->second;
  // Whichever list is shorter tells whether the socket is there already.
  const bool is_member =
      socket.memberships.size() < entered.members.size()
          ? std::any_of(socket.memberships.begin(), socket.memberships.end(),
                        [&](const membership& place) { return place.where == &entered; })
          : std::any_of(entered.members.begin(), entered.members.end(),
                        [&](const room::member& member) { return member.socket == &socket; });
  if (!is_member) enter(socket, entered);
}

void room_table::leave(socket_state& socket, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  const auto place =
      std::find_if(socket.memberships.begin(), socket.memberships.end(),
                   [&](const membership& held) { return held.where == found->second.get(); });
  if (place != socket.memberships.end()) {
    exit(socket, static_cast<std::size_t>(place - socket.memberships.begin()));
  }
}

const room* room_table::find(std::string_view name) const {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : found->second.get();
}

std::vector<std::string> room_table::rooms_of(const socket_state& socket) const {
  const std::scoped_lock lock(mutex_);
  auto places = socket.memberships;
  std::sort(places.begin(), places.end(), [](const membership& left, const membership& right) {
    return left.order < right.order;
  });
  std::vector<std::string> names;
  for (const auto& place : places) {
    if (place.where != &everyone_) names.push_back(place.where->name);
  }
  // A middleware may have the socket join others before its own.
  const auto own = std::find(names.begin(), names.end(), socket.id);
  if (own != names.end()) std::rotate(names.begin(), own, own + 1);
  return names;
}

std::size_t room_table::rooms_count() const {
  const std::scoped_lock lock(mutex_);
  return rooms_.size();
}

void room_table::collect_names(std::set<std::string>& names) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, room] : rooms_) names.insert(name);
}

std::size_t room_table::sockets_count() const {
  const std::scoped_lock lock(mutex_);
  return everyone_.members.size();
}

void room_table::enter(socket_state& socket, room& entered) {
  entered.members.push_back({&socket, static_cast<std::uint32_t>(socket.memberships.size())});
  socket.memberships.push_back(
      {&entered, static_cast<std::uint32_t>(entered.members.size() - 1), socket.rooms_joined++});
}

// The last of each list takes the place that becomes free, and is told so.
void room_table::exit(socket_state& socket, std::size_t index) {
  const auto [left, position, order] = socket.memberships[index];
  left->members[position] = left->members.back();
  left->members[position].socket->memberships[left->members[position].membership].position =
      position;
  left->members.pop_back();

  socket.memberships[index] = socket.memberships.back();
  socket.memberships.pop_back();
  if (index < socket.memberships.size()) {
    const auto& moved = socket.memberships[index];
    moved.where->members[moved.position].membership = static_cast<std::uint32_t>(index);
  }
  if (left != &everyone_ && left->members.empty()) rooms_.erase(left->name);
}

}  // namespace socketio::detail
