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
  replace(guard, changed);
}

void socket_data::set(json value) {
  version_ = std::make_unique<version>();
  version_->value = std::move(value);
}

void socket_data::replace(data_guard& guard, std::unique_ptr<version>& changed) {
  changed->number = ++guard.versions;
  if (version_) changed->objects = std::move(version_->objects);
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
    replace(guard, changed);
    return;
  }
}

socket_data socket_data::copy(data_guard& guard) const {
  socket_data copied;
  const std::scoped_lock lock(guard.mutex);
  if (version_) copied.version_ = std::make_unique<version>(*version_);
  return copied;
}

std::size_t socket_data::size() const {
  return version_ ? sizeof(version) + version_->value.dump().size() : 0;
}

std::shared_ptr<void> socket_data::object(data_guard& guard, const std::type_info& type) const {
  const std::scoped_lock lock(guard.mutex);
  if (!version_) return nullptr;
  for (const auto& [held, object] : version_->objects) {
    if (held == type) return object;
  }
  return nullptr;
}

void socket_data::set_object(data_guard& guard, const std::type_info& type,
                             std::shared_ptr<void> object) {
  // The earlier object is destroyed without the lock.
  const std::scoped_lock lock(guard.mutex);
  if (!version_) version_ = std::make_unique<version>();
  for (auto& [held, earlier] : version_->objects) {
    if (held == type) return earlier.swap(object);
  }
  version_->objects.emplace_back(type, std::move(object));
}

}  // namespace socketio::detail
