#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "owned_event.hpp"

namespace socketio::detail {

/// The events of a socket that wait until the handlers of an earlier one have ended.
class event_queue {
 public:
  void push(stored_event added) {
    bytes_ += added.size();
    events_.push_back(std::move(added));
  }
  /// Takes the oldest one; there has to be one.
  [[nodiscard]] stored_event pop() {
    auto taken = std::move(events_.front());
    events_.pop_front();
    bytes_ -= taken.size();
    return taken;
  }

  [[nodiscard]] bool empty() const { return events_.empty(); }
  [[nodiscard]] std::size_t size() const { return events_.size(); }
  /// The memory that the events take, about.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::deque<stored_event> events_;
  std::size_t bytes_ = 0;
};

}  // namespace socketio::detail
