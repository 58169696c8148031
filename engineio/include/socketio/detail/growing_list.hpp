#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include <socketio/detail/language.hpp>

namespace socketio::detail {

/// A short list that only grows, and whose entries stay where they are. Any thread, without a lock.
/// A pointer as long as it is empty.
template <class Entry>
class growing_list {
 public:
  growing_list() = default;
  ~growing_list() { const std::unique_ptr<node> owned(first_); }
  growing_list(const growing_list&) = delete;
  growing_list& operator=(const growing_list&) = delete;

  /// Finds the entry that matches, or adds one, which is made of the arguments.
  template <class Matches, class... Arguments>
  Entry& find_or_add(Matches matches, const Arguments&... arguments) {
    std::unique_ptr<node> added;
    auto* first = first_.load();
    while (true) {
      for (auto* known = first; known != nullptr; known = known->next.get()) {
        if (!matches(std::as_const(known->entry))) continue;
        if (added) static_cast<void>(added->next.release());
        return known->entry;
      }
      if (!added) added = std::make_unique<node>(arguments...);
      static_cast<void>(added->next.release());
      added->next.reset(first);
      if (first_.compare_exchange_weak(first, added.get())) return added.release()->entry;
    }
  }

 private:
  struct node {
    template <class... Arguments>
    explicit node(const Arguments&... arguments) : entry(arguments...) {}

    Entry entry;
    std::unique_ptr<node> next;
  };

  std::atomic<node*> first_{nullptr};
};

}  // namespace socketio::detail
