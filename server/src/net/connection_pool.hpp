#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <socketio/detail/address_counts.hpp>
#include <socketio/engineio/shard.hpp>

#include "connection.hpp"
#include "output_queue.hpp"
#include "poller.hpp"
#include "turned_away.hpp"

namespace socketio::detail {

/// All connections of a host, shard by shard, with what those of a shard share: its poller, and the
/// spare pieces of their output queues. It has to outlive the contexts of the shards, whose tasks
/// may own connections.
class connection_pool final : public connection_registry {
 public:
  /// @param most the limit of connections; nothing for none
  /// @param most_of_one that of connections of one address
  connection_pool(std::optional<std::size_t> most, std::optional<std::size_t> most_of_one)
      : counts_(most, most_of_one) {}
  connection_pool(const connection_pool&) = delete;
  connection_pool& operator=(const connection_pool&) = delete;

  /// Adds a shard, before any runs. The first one has index 0, the next one 1, and so on.
  /// @throws boost::system::system_error if the process is out of descriptors
  void add_shard(std::shared_ptr<engineio::shard> home);

  /// Whether a further connection of an address stays within the limits. Any thread.
  [[nodiscard]] bool has_room(std::string_view address) const { return counts_.has_room(address); }
  /// Tells a client that it does not. Call it on the shard.
  void turn_away(const engineio::shard& home, accepted_socket socket);

  void entered(std::string_view address) override { counts_.enter(address); }
  void left(std::string_view address) noexcept override { counts_.leave(address); }
  void add(const std::shared_ptr<connection>& added) override;
  void remove(connection& removed) override;
  [[nodiscard]] poller& poller_of(const engineio::shard& home) override {
    return *parts_[home.index()].sockets;
  }
  [[nodiscard]] output_queue::spare_pieces& spares_of(const engineio::shard& home) override {
    return parts_[home.index()].spares;
  }
  /// The unsent bytes of all connections of a shard. Any thread.
  [[nodiscard]] std::uint64_t queued_bytes(const engineio::shard& home) const {
    return parts_[home.index()].spares.queued_bytes();
  }

  /// Shuts all connections down, those that come later too, and aborts those that are left after a
  /// time. Any thread; not while it closes.
  /// @param drained called when no connection is left, and when memory runs out on the way, on any
  /// of the shards
  /// @throws std::bad_alloc if there is no memory to begin
  void close(std::chrono::milliseconds timeout, std::function<void()> drained);
  /// Takes connections again, after close() has drained. Any thread.
  void reopen();
  /// Releases all connections and the shards: the server is being destroyed.
  void abandon();

 private:
  // The connections of one shard.
  struct partition {
    output_queue::spare_pieces spares;
    std::shared_ptr<engineio::shard> home;
    std::shared_ptr<poller> sockets;
    std::deque<std::shared_ptr<connection>> connections;
    turned_away refused;
    std::optional<boost::asio::steady_timer> close_deadline;
    bool drained = false;

    explicit partition(std::shared_ptr<engineio::shard> where)
        : home(std::move(where)), sockets(std::make_shared<poller>(home)), refused(*home) {}
  };

  void close_part(partition& part);
  void check_drained(partition& part);

  address_counts counts_;
  std::deque<partition> parts_;  // a deque, because tasks refer to its elements
  std::atomic<std::size_t> parts_open_{0};
  std::atomic<bool> closing_{false};
  // Set when closing_ is.
  std::chrono::milliseconds close_timeout_{};
  std::function<void()> drained_;
};

}  // namespace socketio::detail
