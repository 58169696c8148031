#include "id_table.hpp"

#include <socketio/protocol/cookies.hpp>

namespace socketio::detail {
namespace {

constexpr std::size_t max_id_size = 128;

}  // namespace

std::string_view id_table::enter(std::string_view id, std::size_t shard) {
  if (id.empty()) return "the id is empty";
  if (id.size() > max_id_size) return "the id is longer than 128 characters";
  if (!is_cookie_value(id)) {
    return "the id has a character that no cookie may have";
  }
  const std::scoped_lock lock(mutex_);
  return shards_.try_emplace(std::string(id), shard).second ? "" : "the id is in use";
}

void id_table::remove(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = shards_.find(id); found != shards_.end()) shards_.erase(found);
}

std::optional<std::size_t> id_table::shard_of(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = shards_.find(id);
  return found == shards_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace socketio::detail
