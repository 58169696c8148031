#include "namespace_registry.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

#include "adapters/memory_adapter.hpp"
#include "adapters/parent_adapter.hpp"

namespace socketio::detail {

// --- Finding and making

std::shared_ptr<namespace_state> namespace_registry::of(std::string_view name) {
  std::string full_name(name);
  if (stopped_) return nullptr;
  if (!name.starts_with('/')) full_name.insert(full_name.begin(), '/');
  if (auto found = find(full_name)) return found;
  // A name that a regular expression matches makes a child of its parent.
  std::shared_ptr<parent> made_by;
  for (std::size_t i = 0; const auto asked = parent_at(i); ++i) {
    if (!matches(*asked, full_name)) continue;
    made_by = asked;
    break;
  }
  return find_or_make(full_name, std::move(made_by));
}

std::shared_ptr<namespace_state> namespace_registry::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second.state;
}

std::shared_ptr<namespace_state> namespace_registry::find_or_make(const std::string& name,
                                                                  std::shared_ptr<parent> made_by) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (const auto found = namespaces_.find(name); found != namespaces_.end()) {
      return found->second.state;
    }
    const auto [other, is_first] =
        being_made_.emplace(name, making{std::this_thread::get_id(), {}});
    if (is_first) break;
    if (other->second.thread == std::this_thread::get_id()) {
      if (other->second.state) return other->second.state;
      throw std::logic_error("the adapter of namespace " + name +
                             " cannot use the namespace while it is made");
    }
    made_.wait(lock);
  }
  // The adapter's factory is application code: it may throw, and ask for other namespaces.
  const struct end_of_making {
    namespace_registry& owner;
    std::unique_lock<std::mutex>& lock;
    const std::string& name;

    ~end_of_making() {
      if (!lock.owns_lock()) lock.lock();
      owner.being_made_.erase(name);
      owner.made_.notify_all();
    }
  } guard{*this, lock, name};
  lock.unlock();
  auto made = make(name, made_by);
  if (name != "/") {
    lock.lock();
    being_made_.find(name)->second.state = made;
    lock.unlock();
    // Before clients find it, so that handlers may still add middlewares.
    shared_->tell_new_namespace(io_namespace(made));
  }
  lock.lock();
  if (made_by) made_by->children->add(made);
  namespaces_.emplace(name, entry{made, std::move(made_by)});
  return made;
}

std::shared_ptr<namespace_state> namespace_registry::make(const std::string& name,
                                                          const std::shared_ptr<parent>& made_by) {
  auto made = made_by ? std::make_shared<namespace_state>(*made_by->state, name)
                      : std::make_shared<namespace_state>(shared_, name);
  auto local = std::make_unique<memory_adapter>(made);
  const auto factory = adapter_maker();
  auto adapter = factory ? factory(*local) : nullptr;
  made->start(std::move(local), std::move(adapter));
  return made;
}

std::shared_ptr<namespace_state> namespace_registry::of(namespace_matcher matcher) {
  std::unique_lock lock(mutex_);
  // The reference server's names.
  const auto name = "/_" + std::to_string(parents_.size());
  auto made = std::make_shared<namespace_state>(shared_, name);
  auto adapter = std::make_unique<parent_adapter>();
  auto* children = adapter.get();
  made->start(std::make_unique<memory_adapter>(made), std::move(adapter));
  parents_.push_back(std::make_shared<parent>(parent{std::move(matcher), made, children}));
  return made;
}

adapter_factory namespace_registry::adapter_maker() const {
  const std::scoped_lock lock(mutex_);
  return make_adapter_;
}

void namespace_registry::use_adapter(const adapter_factory& factory) {
  {
    const std::scoped_lock lock(mutex_);
    make_adapter_ = factory;
  }
  make_adapters(factory);
}

void namespace_registry::make_adapters(const adapter_factory& factory) {
  for (const auto& nsp : all()) {
    nsp->replace_adapter(factory ? factory(*nsp->local()) : nullptr);
  }
}

// --- Clients

std::shared_ptr<namespace_state> namespace_registry::enter(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end()) return nullptr;
  ++found->second.clients;
  return found->second.state;
}

std::shared_ptr<namespace_state> namespace_registry::enter_child(
    const std::string& name, const std::shared_ptr<parent>& made_by) {
  // It may be removed again before this client is counted.
  while (true) {
    if (auto found = enter(name)) return found;
    static_cast<void>(find_or_make(name, made_by));
  }
}

void namespace_registry::leave(const namespace_state& left) {
  if (!shared_->options.cleanup_empty_child_namespaces) return;
  std::unique_lock lock(mutex_);
  const auto found = namespaces_.find(left.name);
  if (found == namespaces_.end() || found->second.state.get() != &left) return;
  if (--found->second.clients == 0 && found->second.made_by) remove(std::move(lock), found);
}

std::shared_ptr<namespace_registry::parent> namespace_registry::parent_at(
    std::size_t position) const {
  const std::scoped_lock lock(mutex_);
  return position < parents_.size() ? parents_[position] : nullptr;
}

bool namespace_registry::matches(const parent& asked, std::string_view name) const {
  bool matched = false;
  if (asked.matcher.matches) {
    shared_->guard("namespace pattern", [&] { matched = asked.matcher.matches(name); });
  }
  return matched;
}

void namespace_registry::ask_parents(const std::shared_ptr<namespace_request>& request) {
  // Regular expressions may take stack and time by the length of the text.
  constexpr std::size_t max_child_name = 256;
  if (request->name.size() > max_child_name) return request->done(nullptr);
  while (const auto asked = parent_at(request->asked++)) {
    if (matches(*asked, request->name)) return request->done(enter_child(request->name, asked));
    if (!asked->matcher.decide) continue;
    const auto decided = [registry = weak_from_this(), weak = std::weak_ptr(request), asked,
                          home = request->home](std::optional<bool> allowed) {
      home->dispatch([registry, weak, asked, allowed] {
        const auto self = registry.lock();
        const auto waiting = weak.lock();
        if (!self || !waiting) return;
        if (allowed.value_or(false)) {
          waiting->done(self->enter_child(waiting->name, asked));
        } else {
          self->ask_parents(waiting);
        }
      });
    };
    // It denies the namespace if the function throws, or drops it.
    const allow_namespace allow(std::make_shared<open_decision<bool>>(decided));
    shared_->guard("namespace pattern",
                   [&] { asked->matcher.decide(request->name, request->auth, allow); });
    return;
  }
  request->done(nullptr);
}

// --- Ending

bool namespace_registry::remove(std::string_view name) {
  if (name == "/") throw std::invalid_argument("the namespace / cannot be removed");
  std::unique_lock lock(mutex_);
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end()) return false;
  remove(std::move(lock), found);
  return true;
}

void namespace_registry::remove(std::unique_lock<std::mutex> lock, name_map::iterator found) {
  const auto removed = std::move(found->second);
  namespaces_.erase(found);
  removed_.erase(std::remove_if(removed_.begin(), removed_.end(),
                                [](const auto& each) { return each.expired(); }),
                 removed_.end());
  removed_.push_back(removed.state);
  lock.unlock();
  if (removed.made_by) removed.made_by->children->remove(removed.state);
  removed.state->remove();
}

// The lock is not held while namespaces act: handlers of `disconnect` may ask for namespaces.
std::vector<std::shared_ptr<namespace_state>> namespace_registry::all() const {
  std::vector<std::shared_ptr<namespace_state>> namespaces;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, held] : namespaces_) namespaces.push_back(held.state);
  return namespaces;
}

void namespace_registry::trim_logs(std::chrono::steady_clock::time_point now) const {
  for (const auto& nsp : all()) nsp->trim_log(now);
}

void namespace_registry::close() {
  closed_ = true;
  for (const auto& nsp : all()) nsp->close();
}

void namespace_registry::reopen() {
  if (!closed_) return;
  if (const auto factory = adapter_maker()) make_adapters(factory);
  closed_ = false;
}

void namespace_registry::stop() {
  stopped_ = true;
  auto stopped = all();
  std::vector<std::shared_ptr<parent>> parents;
  {
    const std::scoped_lock lock(mutex_);
    parents.swap(parents_);
    for (const auto& weak : removed_) {
      if (auto removed = weak.lock()) stopped.push_back(std::move(removed));
    }
  }
  for (const auto& nsp : stopped) nsp->stop();
  for (const auto& each : parents) each->state->stop();
  shared_->namespace_handlers.release();
  const std::scoped_lock lock(mutex_);
  namespaces_.clear();
}

}  // namespace socketio::detail
