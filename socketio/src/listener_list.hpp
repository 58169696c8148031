#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/socket.hpp>

namespace socketio::detail {

/// Handlers in the order in which they were added. They may add and remove others, themselves
/// included, while they are called.
template <class Function>
class listener_list {
 public:
  void add(listener_id id, std::string_view event, Function function, bool once) {
    listeners_.push_back(std::make_unique<listener>(
        listener{id, std::string(event), std::move(function), once, false}));
  }

  template <class Predicate>
  void remove_if(Predicate predicate) {
    for (auto& held : listeners_) {
      if (predicate(held->id, held->event)) held->removed = true;
    }
    sweep();
  }

  [[nodiscard]] bool empty() const { return listeners_.empty(); }

  /// Calls a function with each handler of an event that was there when the call began.
  template <class Visitor>
  void visit(std::string_view event, Visitor visitor) {
    const calling guard(*this);
    const auto count = listeners_.size();
    for (std::size_t i = 0; i < count; ++i) {
      auto& held = *listeners_[i];
      if (held.removed || held.event != event) continue;
      held.removed = held.once;
      visitor(held.function);
    }
  }

 private:
  struct listener {
    listener_id id;
    std::string event;
    Function function;
    bool once;
    bool removed;
  };

  // Nothing is destroyed while it may be running.
  struct calling {
    explicit calling(listener_list& called) : list(called) { ++list.depth_; }
    ~calling() {
      --list.depth_;
      list.sweep();
    }
    calling(const calling&) = delete;
    calling& operator=(const calling&) = delete;

    listener_list& list;
  };

  void sweep() {
    if (depth_ > 0) return;
    const auto first =
        std::stable_partition(listeners_.begin(), listeners_.end(),
                              [](const std::unique_ptr<listener>& kept) { return !kept->removed; });
    if (first == listeners_.end()) return;
    // What a handler captured may, on its destruction, come back to this list.
    std::vector<std::unique_ptr<listener>> removed(std::make_move_iterator(first),
                                                   std::make_move_iterator(listeners_.end()));
    listeners_.erase(first, listeners_.end());
  }

  std::vector<std::unique_ptr<listener>> listeners_;
  int depth_ = 0;
};

}  // namespace socketio::detail
