#include "membership_set.hpp"

#include <algorithm>
#include <utility>

namespace socketio::detail {

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

}  // namespace socketio::detail
