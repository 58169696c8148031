#include "room_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <utility>

#include "socket_state.hpp"

namespace socketio::detail {

// --- A socket's places

// The multiplication spreads the varying bits of the address over the upper half.
std::uint32_t membership_set::home_of(const room& where) const {
  const auto address = std::uint64_t{reinterpret_cast<std::uintptr_t>(&where)};
  return static_cast<std::uint32_t>(address * 0x9e3779b97f4a7c15U >> 32U) & mask();
}

membership* membership_set::find(const room& where) {
  auto slot = capacity_ == 0 ? 0 : home_of(where);
  for (std::uint32_t searched = 0; searched < capacity_; ++searched, slot = after(slot)) {
    if (slots_[slot].where == &where) return &slots_[slot];
    if (slots_[slot].where == nullptr && !is_small()) break;
  }
  return nullptr;
}

void membership_set::insert(const membership& added) {
  // Keep an eighth of the slots free, so that searches are short.
  if (size_ == (is_small() ? capacity_ : capacity_ - capacity_ / 8)) grow();
  auto slot = home_of(*added.where);
  while (slots_[slot].where != nullptr) slot = after(slot);
  slots_[slot] = added;
  ++size_;
}

void membership_set::grow() {
  const auto old_slots = std::move(slots_);
  const auto old_capacity = capacity_;
  capacity_ = std::max(2 * old_capacity, 1U);
  slots_ = std::make_unique<membership[]>(capacity_);
  size_ = 0;
  for (const auto& moved : std::span(old_slots.get(), old_capacity)) {
    if (moved.where != nullptr) insert(moved);
  }
}

void membership_set::erase(membership& erased) {
  erased = {};
  if (--size_ == 0) return clear();
  if (is_small()) return;
  // Move displaced entries up, so that no search ends at a gap.
  auto gap = static_cast<std::uint32_t>(&erased - slots_.get());
  for (auto slot = after(gap); slots_[slot].where != nullptr; slot = after(slot)) {
    const auto distance = (slot - home_of(*slots_[slot].where)) & mask();
    if (distance < ((slot - gap) & mask())) continue;
    slots_[gap] = std::exchange(slots_[slot], {});
    gap = slot;
  }
}

void membership_set::clear() {
  slots_.reset();
  size_ = 0;
  capacity_ = 0;
}

// --- Names

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

std::size_t seeded_hash::operator()(const socket_state* named) const {
  return (*this)(named->id);
}

bool same_name::operator()(std::string_view left, const socket_state* right) const {
  return left == right->id;
}

// --- Rooms

void room_table::add(const std::shared_ptr<socket_state>& added) {
  const std::scoped_lock lock(mutex_);
  added->in_rooms.position = static_cast<std::uint32_t>(sockets_.size());
  sockets_.push_back(added);
}

void room_table::remove(socket_state& removed) {
  const std::scoped_lock lock(mutex_);
  auto& [memberships, joined, position] = removed.in_rooms;
  for (const auto& place : memberships.slots()) {
    if (place.where != nullptr) exit(place);
  }
  memberships.clear();
  own_rooms_.erase(&removed);
  // A socket that a middleware refused was never added.
  if (position >= sockets_.size() || sockets_[position].get() != &removed) return;
  sockets_.back()->in_rooms.position = position;
  std::swap(sockets_[position], sockets_.back());
  sockets_.pop_back();
}

void room_table::join(socket_state& socket, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    if (name == socket.id) {
      own_rooms_.insert(&socket);
      return;
    }
    found = rooms_.emplace(name).first;
    if (const auto own = own_rooms_.find(name); own != own_rooms_.end()) {
      enter(**own, *found);
      own_rooms_.erase(own);
    }
  }
  if (socket.in_rooms.memberships.find(*found) == nullptr) enter(socket, *found);
}

void room_table::leave(socket_state& socket, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = rooms_.find(name); found != rooms_.end()) {
    auto& memberships = socket.in_rooms.memberships;
    auto* place = memberships.find(*found);
    if (place == nullptr) return;
    const auto left = *place;
    memberships.erase(*place);
    exit(left);
  } else if (name == socket.id) {
    own_rooms_.erase(&socket);
  }
}

std::span<socket_state* const> room_table::members(std::string_view name) const {
  if (const auto found = rooms_.find(name); found != rooms_.end()) return found->members;
  if (const auto own = own_rooms_.find(name); own != own_rooms_.end()) return {&*own, 1};
  return {};
}

std::vector<std::string> room_table::rooms_of(const socket_state& socket) const {
  const std::scoped_lock lock(mutex_);
  std::vector<membership> places;
  for (const auto& place : socket.in_rooms.memberships.slots()) {
    if (place.where != nullptr) places.push_back(place);
  }
  std::sort(places.begin(), places.end(), [](const membership& left, const membership& right) {
    return left.order < right.order;
  });
  std::vector<std::string> names;
  if (own_rooms_.contains(socket.id)) names.push_back(socket.id);
  for (const auto& place : places) names.push_back(place.where->name);
  // If its own room is an ordinary one, the socket may have joined it after others.
  const auto own = std::find(names.begin(), names.end(), socket.id);
  if (own != names.end()) std::rotate(names.begin(), own, own + 1);
  return names;
}

std::size_t room_table::rooms_count() const {
  const std::scoped_lock lock(mutex_);
  return rooms_.size() + own_rooms_.size();
}

void room_table::collect_names(std::set<std::string>& names) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& room : rooms_) names.insert(room.name);
  for (const auto* socket : own_rooms_) names.insert(socket->id);
}

std::size_t room_table::sockets_count() const {
  const std::scoped_lock lock(mutex_);
  return sockets_.size();
}

void room_table::enter(socket_state& socket, const room& entered) {
  const auto position = static_cast<std::uint32_t>(entered.members.size());
  entered.members.push_back(&socket);
  socket.in_rooms.memberships.insert({&entered, position, socket.in_rooms.joined++});
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
    moved->in_rooms.memberships.find(*place.where)->position = place.position;
  }
}

}  // namespace socketio::detail
