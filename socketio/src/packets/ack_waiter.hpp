#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <socketio/engineio/shard.hpp>
#include <socketio/error.hpp>
#include <socketio/handler.hpp>

namespace socketio::detail {

/// A function that waits for an acknowledgement under an id. Whoever holds the waiter takes the
/// function to answer it; what nobody takes, the destructor answers with error::disconnected. Its
/// shard is null if the caller's handle refers to nothing.
class ack_waiter {
 public:
  ack_waiter() = default;
  ack_waiter(std::uint64_t ack_id, ack_handler function, std::shared_ptr<engineio::shard> home)
      : ack_id_(ack_id), function_(std::move(function)), home_(std::move(home)) {}
  ack_waiter(ack_waiter&& other) noexcept
      : ack_id_(other.ack_id_), function_(other.take()), home_(std::move(other.home_)) {}
  ack_waiter& operator=(ack_waiter&&) = delete;
  ~ack_waiter() {
    if (!function_) return;
    engineio::shard::guard("acknowledgement", home_.get(),
                           [&] { function_(error::disconnected, {}); });
  }

  /// Whether a function waits.
  explicit operator bool() const { return static_cast<bool>(function_); }
  [[nodiscard]] std::uint64_t ack_id() const { return ack_id_; }
  /// The function, which from now on waits no more.
  [[nodiscard]] ack_handler take() { return std::exchange(function_, nullptr); }

 private:
  std::uint64_t ack_id_ = 0;
  ack_handler function_;
  std::shared_ptr<engineio::shard> home_;
};

}  // namespace socketio::detail
