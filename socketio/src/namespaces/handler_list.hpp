#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/listener.hpp>

namespace socketio::detail {

/// The handlers of a namespace's events, in the order in which they run. Each change makes another
/// version of the list, so that handlers are called without the lock. Any thread.
template <class Function>
class handler_list {
 public:
  class entry {
   public:
    entry(listener_id number, std::string name, Function function, bool only_once)
        : id(number), event(std::move(name)), once(only_once), function_(std::move(function)) {}

    const listener_id id;
    const std::string event;
    const bool once;

    /// The function; null if it is for one call only, which another caller has taken.
    [[nodiscard]] const Function* take() const {
      return once && taken_.exchange(true) ? nullptr : &function_;
    }
    /// Whether it is for one call only, and has had it.
    [[nodiscard]] bool is_done() const { return taken_; }

   private:
    const Function function_;
    mutable std::atomic<bool> taken_{false};
  };
  using entries = std::vector<std::shared_ptr<const entry>>;

  handler_list() = default;
  handler_list(const handler_list&) = delete;
  handler_list& operator=(const handler_list&) = delete;

  /// Begins with the handlers of another list; before the first add().
  void inherit(const handler_list& parent) { current_ = parent.current(); }

  /// @param place which of the list's ends
  void add(listener_id id, std::string_view event, Function function, const listener_place& place) {
    auto added =
        std::make_shared<const entry>(id, std::string(event), std::move(function), place.once);
    const std::scoped_lock lock(mutex_);
    if (released_) return;
    auto changed = std::make_shared<entries>(*current_);
    changed->insert(place.first ? changed->begin() : changed->end(), std::move(added));
    current_ = std::move(changed);
  }

  /// Removes the entries for which a predicate is true.
  template <class Predicate>
  void remove_if(Predicate predicate) {
    // Destroying handlers runs application code: not under the lock.
    std::shared_ptr<const entries> previous;
    const std::scoped_lock lock(mutex_);
    if (std::none_of(current_->begin(), current_->end(), test_of(predicate))) return;
    auto changed = std::make_shared<entries>(*current_);
    changed->erase(std::remove_if(changed->begin(), changed->end(), test_of(predicate)),
                   changed->end());
    previous = std::exchange(current_, std::move(changed));
  }

  /// Removes all entries, and takes no more.
  void release() {
    std::shared_ptr<const entries> previous;
    const std::scoped_lock lock(mutex_);
    released_ = true;
    previous = std::exchange(current_, std::make_shared<const entries>());
  }

  [[nodiscard]] std::shared_ptr<const entries> current() const {
    const std::scoped_lock lock(mutex_);
    return current_;
  }

  /// Calls a function with each handler of the events that a predicate names.
  template <class Predicate, class Visitor>
  void visit(Predicate predicate, Visitor visitor) {
    const auto visited = current();
    bool some_are_done = false;
    for (const auto& each : *visited) {
      if (!predicate(each->event)) continue;
      if (const auto* function = each->take()) visitor(*function);
      some_are_done = some_are_done || each->is_done();
    }
    if (some_are_done) remove_if([](const entry& each) { return each.is_done(); });
  }

 private:
  template <class Predicate>
  static auto test_of(Predicate& predicate) {
    return [&predicate](const std::shared_ptr<const entry>& each) { return predicate(*each); };
  }

  mutable std::mutex mutex_;
  bool released_ = false;
  std::shared_ptr<const entries> current_ = std::make_shared<const entries>();
};

}  // namespace socketio::detail
