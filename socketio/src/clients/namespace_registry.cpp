#include "namespace_registry.hpp"

#include <stdexcept>
#include <utility>

#include "adapters/memory_adapter.hpp"

namespace socketio::detail {

std::shared_ptr<namespace_state> namespace_registry::of(std::string_view name) {
  std::string full_name(name);
  if (!name.starts_with('/')) full_name.insert(full_name.begin(), '/');
  std::unique_lock lock(mutex_);
  while (true) {
    if (const auto found = namespaces_.find(full_name); found != namespaces_.end()) {
      return found->second;
    }
    const auto [making, is_first] = being_made_.emplace(full_name, std::this_thread::get_id());
    if (is_first) break;
    if (making->second == std::this_thread::get_id()) {
      throw std::logic_error("the adapter of namespace " + full_name +
                             " cannot use the namespace while it is made");
    }
    made_.wait(lock);
  }
  // The adapter's factory is application code: it may throw, and ask for other namespaces.
  const struct making {
    namespace_registry& owner;
    std::unique_lock<std::mutex>& lock;
    const std::string& name;

    ~making() {
      if (!lock.owns_lock()) lock.lock();
      owner.being_made_.erase(name);
      owner.made_.notify_all();
    }
  } guard{*this, lock, full_name};
  lock.unlock();
  auto made = std::make_shared<namespace_state>(shared_, full_name);
  made->start(std::make_unique<memory_adapter>(made));
  lock.lock();
  namespaces_.emplace(full_name, made);
  return made;
}

std::shared_ptr<namespace_state> namespace_registry::find(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second;
}

// The lock is not held while namespaces act: handlers of `disconnect` may ask for namespaces.
std::vector<std::shared_ptr<namespace_state>> namespace_registry::all() const {
  std::vector<std::shared_ptr<namespace_state>> namespaces;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, nsp] : namespaces_) namespaces.push_back(nsp);
  return namespaces;
}

void namespace_registry::close() {
  for (const auto& nsp : all()) nsp->close();
}

void namespace_registry::stop() {
  for (const auto& nsp : all()) nsp->stop();
  const std::scoped_lock lock(mutex_);
  namespaces_.clear();
}

}  // namespace socketio::detail
