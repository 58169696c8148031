#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/adapter.hpp>

namespace socketio {

/// The adapter of a single server. It keeps the rooms in memory, shard by shard, so that a
/// broadcast takes one post for each shard and no lock.
class memory_adapter : public adapter {
 public:
  explicit memory_adapter(detail::namespace_state& nsp);
  ~memory_adapter() override;

  void add(const std::shared_ptr<detail::socket_state>& added) override;
  void join(detail::socket_state& socket, std::string_view room) override;
  void leave(detail::socket_state& socket, std::string_view room) override;
  void remove(detail::socket_state& removed) override;

  [[nodiscard]] std::vector<std::string> rooms_of(
      const detail::socket_state& socket) const override;
  [[nodiscard]] std::size_t rooms_count() const override;
  [[nodiscard]] std::size_t sockets_count() const override;

  void broadcast(const encoded_arguments& event, const broadcast_options& options) override;
  void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                          std::uint64_t ack_id, ack_collector collector) override;
  void cancel_acks(std::uint64_t ack_id) override;
  void fetch_sockets(const broadcast_options& options,
                     std::function<void(error_code, std::vector<socket>)> fetched) override;
  void sockets_join(const broadcast_options& options,
                    const std::vector<std::string>& rooms) override;
  void sockets_leave(const broadcast_options& options,
                     const std::vector<std::string>& rooms) override;
  void disconnect_sockets(const broadcast_options& options, bool close) override;
  void close() override;

 private:
  struct shard_rooms;

  // Calls a function on each shard with the shard's rooms and these values.
  template <class Function, class... Values>
  void on_each_shard(Function function, const Values&... values);

  detail::namespace_state& nsp_;
  std::vector<std::shared_ptr<shard_rooms>> shards_;
};

}  // namespace socketio
