#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace socketio::detail {

/// The ids that the application has chosen, which do not name their shard. Any thread.
class id_table {
 public:
  /// Enters the id of a session that opens on a shard.
  /// @return what is wrong with the id; empty if nothing is
  [[nodiscard]] std::string_view enter(std::string_view id, std::size_t shard);
  void remove(std::string_view id);
  [[nodiscard]] std::optional<std::size_t> shard_of(std::string_view id) const;

 private:
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::size_t, hash, std::equal_to<>> shards_;
};

}  // namespace socketio::detail
