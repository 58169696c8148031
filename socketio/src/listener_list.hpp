#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/socket.hpp>

#include "event_names.hpp"

namespace socketio::detail {

/// Handlers in the order in which they were added. They may add and remove others, themselves
/// included, while they are called.
template <class Function>
class listener_list {
 public:
  void add(listener_id id, event_names::name event, Function function, bool once) {
    listener added{std::move(function), std::move(event),
                   static_cast<std::uint64_t>(id) & listener::largest_id, once, false};
    if (depth_ > 0) {
      // Where it does not move the ones that are running.
      if (!added_) added_ = std::make_unique<std::deque<listener>>();
      added_->push_back(std::move(added));
    } else {
      append(std::move(added));
    }
  }

  template <class Predicate>
  void remove_if(Predicate predicate) {
    const auto remove_from = [&](auto& listeners) {
      for (auto& held : listeners) {
        if (predicate(listener_id{held.id}, held.event.text())) held.removed = true;
      }
    };
    remove_from(listeners_);
    if (added_) remove_from(*added_);
    sweep();
  }

  [[nodiscard]] bool empty() const { return listeners_.empty() && !added_; }

  /// Calls a function with each handler of an event that was there when the call began.
  template <class Visitor>
  void visit(std::string_view event, Visitor visitor) {
    const calling guard(*this);
    const auto call = [&](listener& held) {
      if (held.removed || held.event.text() != event) return;
      held.removed = held.once;
      visitor(held.function);
    };
    const auto added = added_ ? added_->size() : 0;
    for (auto& held : listeners_) call(held);
    for (std::size_t i = 0; i < added; ++i) call((*added_)[i]);
  }

 private:
  struct listener {
    static constexpr std::uint64_t largest_id = (std::uint64_t{1} << 62U) - 1;

    Function function;
    event_names::name event;
    std::uint64_t id : 62;  // they count up from 1
    bool once : 1;
    bool removed : 1;
  };

  // Nothing is moved or destroyed while it may be running.
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

  // Most sockets have a few handlers and keep them: room for many more would be waste.
  void append(listener&& added) {
    constexpr std::size_t fewest_more = 2;
    if (listeners_.size() == listeners_.capacity()) {
      listeners_.reserve(listeners_.size() + std::max(fewest_more, listeners_.size() / 2));
    }
    listeners_.push_back(std::move(added));
  }

  void sweep() {
    if (depth_ > 0) return;
    if (const auto added = std::exchange(added_, nullptr)) {
      for (auto& held : *added) append(std::move(held));
    }
    const auto first = std::stable_partition(listeners_.begin(), listeners_.end(),
                                             [](const listener& kept) { return !kept.removed; });
    if (first == listeners_.end()) return;
    // What a handler captured may, on its destruction, come back to this list.
    std::vector<listener> removed(std::make_move_iterator(first),
                                  std::make_move_iterator(listeners_.end()));
    listeners_.erase(first, listeners_.end());
    if (listeners_.empty()) listeners_.shrink_to_fit();
  }

  std::vector<listener> listeners_;
  std::unique_ptr<std::deque<listener>> added_;  // meanwhile
  int depth_ = 0;
};

}  // namespace socketio::detail
