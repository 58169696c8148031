#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <socketio/detail/language.hpp>

namespace socketio::detail {

/// Counts what clients have opened, in all and by their addresses, which are empty for those of
/// Unix domain sockets. Any thread.
class address_counts {
 public:
  /// @param most the limit of all together; nothing for none
  /// @param most_of_one that of one address; nothing for none
  address_counts(std::optional<std::size_t> most, std::optional<std::size_t> most_of_one)
      : most_(most), most_of_one_(most_of_one) {}

  /// Whether one more of an address stays within the limits.
  [[nodiscard]] bool has_room(std::string_view address) const {
    const std::scoped_lock lock(mutex_);
    if (most_ && all_ >= *most_) return false;
    if (!most_of_one_ || address.empty()) return true;
    const auto found = by_address_.find(address);
    return found == by_address_.end() || found->second < *most_of_one_;
  }
  /// Counts one more.
  void enter(std::string_view address) {
    const std::scoped_lock lock(mutex_);
    if (most_of_one_) {
      const auto found = by_address_.find(address);
      if (found == by_address_.end()) {
        by_address_.emplace(address, 1);
      } else {
        ++found->second;
      }
    }
    ++all_;
  }
  /// Counts one less, of those that enter() has counted.
  void leave(std::string_view address) noexcept {
    const std::scoped_lock lock(mutex_);
    --all_;
    if (!most_of_one_) return;
    const auto found = by_address_.find(address);
    if (--found->second == 0) by_address_.erase(found);
  }

 private:
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  const std::optional<std::size_t> most_;
  const std::optional<std::size_t> most_of_one_;
  mutable std::mutex mutex_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t, hash, std::equal_to<>> by_address_;
};

}  // namespace socketio::detail
