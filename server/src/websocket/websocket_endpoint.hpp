#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_set.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <socketio/engineio/http_exchange.hpp>
#include <socketio/engineio/message.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/websocket.hpp>

namespace socketio::websocket::detail {

/// A route with its connections and topics, on each shard.
class endpoint_state final : public std::enable_shared_from_this<endpoint_state> {
 public:
  /// @throws std::invalid_argument for options out of range
  endpoint_state(route settings, const std::vector<std::shared_ptr<engineio::shard>>& shards);

  const route settings;

  /// Decides about a handshake. On the exchange's shard.
  void handle(engineio::shard& current, std::unique_ptr<engineio::http_exchange> exchange);
  /// Releases all connections: the server is being destroyed.
  void abandon();

  /// Any thread.
  void publish(std::string_view topic, const engineio::shared_message& message,
               const std::shared_ptr<const socket_state>& except) const;
  /// Any thread.
  [[nodiscard]] std::size_t sockets_count() const { return sockets_count_; }

  // For sockets, on their shard.

  void remove(const socket_state& ended);
  void subscribe(socket_state& subscriber, const std::string& topic);
  void unsubscribe(socket_state& subscriber, const std::string& topic);

 private:
  struct handshake;

  // The connections and topics of one shard.
  struct partition {
    std::shared_ptr<engineio::shard> home;
    std::unordered_map<const socket_state*, std::shared_ptr<socket_state>> sockets;
    // Ordered, not hashed, because clients may choose the names.
    std::map<std::string, boost::unordered_flat_set<socket_state*>, std::less<>> topics;

    explicit partition(std::shared_ptr<engineio::shard> shard) : home(std::move(shard)) {}
  };

  void accept(engineio::shard& current, engineio::http_exchange& exchange);
  [[nodiscard]] bool allows_origin(const http_request& request) const;
  [[nodiscard]] std::string choose_subprotocol(const http_request& request) const;

  std::vector<std::unique_ptr<partition>> parts_;
  std::atomic<std::size_t> sockets_count_{0};
};

}  // namespace socketio::websocket::detail
