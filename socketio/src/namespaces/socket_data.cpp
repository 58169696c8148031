#include "socket_data.hpp"

#include <utility>

namespace socketio::detail {

json socket_data::get(data_guard& guard) const {
  const std::scoped_lock lock(guard.mutex);
  return version_ ? version_->value : json::object();
}

void socket_data::set(data_guard& guard, json value) {
  // Made, and the old version destroyed, without the lock.
  auto changed = std::make_unique<version>();
  changed->value = std::move(value);
  const std::scoped_lock lock(guard.mutex);
  changed->number = ++guard.versions;
  version_.swap(changed);
}

// The application's function may use the data itself: it is not called under the lock.
void socket_data::update(data_guard& guard, const std::function<void(json&)>& change) {
  while (true) {
    auto changed = std::make_unique<version>();
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(guard.mutex);
      changed->value = version_ ? version_->value : json::object();
      seen = number();
    }
    change(changed->value);
    const std::scoped_lock lock(guard.mutex);
    if (number() != seen) continue;
    changed->number = ++guard.versions;
    version_.swap(changed);
    return;
  }
}

}  // namespace socketio::detail
