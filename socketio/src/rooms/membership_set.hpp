#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace socketio::detail {

struct room;

/// A socket's place in a room.
struct membership {
  const room* where = nullptr;
  std::uint32_t position = 0;  // within the room's members
  std::uint32_t order = 0;     // when the socket joined: counts up from 0
};

/// The places of one socket, by room. Allocates nothing for a socket in no room. Everything except
/// growing takes constant time.
class membership_set {
 public:
  /// Null if the socket is not in the room. Valid until the next change.
  [[nodiscard]] membership* find(const room& where);
  /// Adds a place in a room that is not among the others.
  void insert(const membership& added);
  void erase(membership& erased);
  void clear();
  [[nodiscard]] std::size_t size() const { return size_; }
  /// All slots; free ones have no room.
  [[nodiscard]] std::span<const membership> slots() const { return {slots_.get(), capacity_}; }

 private:
  [[nodiscard]] std::uint32_t home_of(const room& where) const;
  [[nodiscard]] std::uint32_t after(std::uint32_t slot) const { return (slot + 1) & mask(); }
  [[nodiscard]] std::uint32_t mask() const { return capacity_ - 1; }
  [[nodiscard]] bool is_small() const { return capacity_ <= 16; }
  void grow();

  // A hash table with linear probing. While it is small it may be full, and searches read all of
  // it.
  std::unique_ptr<membership[]> slots_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;  // 0 or a power of two
};

}  // namespace socketio::detail
