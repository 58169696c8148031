#pragma once

#include <memory>
#include <string>
#include <utility>

#include <socketio/arguments.hpp>

namespace socketio {

namespace detail {
class ack_target;
}

/// Acknowledges an event: taken by a handler as its last parameter, called at once or later. Copies
/// stand for the same acknowledgement, of which only the first call counts. If the client did not
/// ask for one, calling it does nothing. Any thread.
class ack {
 public:
  ack() = default;
  explicit ack(std::shared_ptr<detail::ack_target> target) : target_(std::move(target)) {}

  /// Whether the client asked for an acknowledgement.
  explicit operator bool() const { return target_ != nullptr; }

  /// Sends the acknowledgement with any arguments.
  /// @throws std::invalid_argument as emit() does, except for the name
  template <class... Arguments>
  void operator()(const Arguments&... values) const {
    if (!target_) return;
    encoded_arguments encoded{take_buffer(), {}};
    detail::append_arguments(encoded, values...);
    send(std::move(encoded));
  }

 private:
  [[nodiscard]] std::string take_buffer() const;
  void send(encoded_arguments&& encoded) const;

  std::shared_ptr<detail::ack_target> target_;
};

}  // namespace socketio
