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

#include "namespaces/event_names.hpp"

namespace socketio::detail {

/// Handlers in the order in which they were added. A running handler may add and remove handlers,
/// including itself.
template <class Function>
class listener_list {
 public:
  void add(listener_id id, event_names::name event, Function function,
           const listener_place& place) {
    listener added{std::move(function),
                   std::move(event),
                   static_cast<std::uint64_t>(id) & listener::largest_id,
                   place.once,
                   place.first,
                   false};
    if (depth_ > 0) {
      // Into another container, since growing this one would move the running handlers.
      if (!added_) added_ = std::make_unique<std::deque<listener>>();
      added_->push_back(std::move(added));
    } else {
      take_in(std::move(added));
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
  /// The handlers in the order in which they run; those added while a handler runs are the last.
  [[nodiscard]] std::vector<listener_id> ids() const {
    std::vector<listener_id> all;
    const auto append_ids = [&](const auto& listeners) {
      for (const auto& held : listeners) {
        if (!held.removed) all.push_back(listener_id{held.id});
      }
    };
    append_ids(listeners_);
    if (added_) append_ids(*added_);
    return all;
  }

  /// Calls a function with each handler of an event, except those added meanwhile.
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
    static constexpr std::uint64_t largest_id = (std::uint64_t{1} << 61U) - 1;

    Function function;
    event_names::name event;
    std::uint64_t id : 61;  // counts up from 1
    bool once : 1;
    bool first : 1;
    bool removed : 1;
  };

  // While one of these exists, the list neither moves nor destroys a handler.
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

  // Grows slowly: most sockets keep the few handlers that they have.
  void take_in(listener&& added) {
    constexpr std::size_t fewest_more = 2;
    if (listeners_.size() == listeners_.capacity()) {
      listeners_.reserve(listeners_.size() + std::max(fewest_more, listeners_.size() / 2));
    }
    const auto place = added.first ? listeners_.begin() : listeners_.end();
    listeners_.insert(place, std::move(added));
  }

  void sweep() {
    if (depth_ > 0) return;
    if (const auto added = std::exchange(added_, nullptr)) {
      for (auto& held : *added) take_in(std::move(held));
    }
    const auto first = std::stable_partition(listeners_.begin(), listeners_.end(),
                                             [](const listener& kept) { return !kept.removed; });
    if (first == listeners_.end()) return;
    // Destroy the removed handlers last: the destructor of a captured object may call this list.
    std::vector<listener> removed(std::make_move_iterator(first),
                                  std::make_move_iterator(listeners_.end()));
    listeners_.erase(first, listeners_.end());
    if (listeners_.empty()) listeners_.shrink_to_fit();
  }

  std::vector<listener> listeners_;
  std::unique_ptr<std::deque<listener>> added_;  // those added while a handler runs
  int depth_ = 0;
};

}  // namespace socketio::detail
