#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/adapter.hpp>

#include "namespaces/namespace_state.hpp"

namespace socketio::detail {

/// The adapter of a single server, and what other adapters know of it. It works shard by shard, so
/// that a broadcast takes one post for each shard and no lock.
class memory_adapter final : public adapter, public adapter_context {
 public:
  explicit memory_adapter(const std::shared_ptr<namespace_state>& nsp);
  ~memory_adapter() override;

  void broadcast(const encoded_arguments& event, const broadcast_options& options) override;
  void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                          std::uint64_t ack_id, ack_collector collector) override;
  void cancel_acks(std::uint64_t ack_id) override;
  void fetch_sockets(const broadcast_options& options,
                     adapter_completion<std::vector<remote_socket>> fetched) override;
  void sockets_join(const broadcast_options& options,
                    const std::vector<std::string>& rooms) override;
  void sockets_leave(const broadcast_options& options,
                     const std::vector<std::string>& rooms) override;
  void disconnect_sockets(const broadcast_options& options, bool close) override;
  void server_side_emit(const encoded_arguments& event) override;
  void server_side_emit_with_ack(const encoded_arguments& event, std::uint64_t ack_id,
                                 ack_collector collector) override;
  void server_count(adapter_completion<std::size_t> counted) override;
  void close() override;

  [[nodiscard]] const std::string& nsp() const override { return nsp_.name; }
  [[nodiscard]] const std::string& server_id() const override { return nsp_.shared->server_id; }
  [[nodiscard]] std::uint64_t next_ack_id() override { return nsp_.next_ack_id(); }
  [[nodiscard]] boost::asio::any_io_executor executor() const override;
  void report(std::exception_ptr error) const noexcept override;
  [[nodiscard]] adapter& local() override { return *this; }
  void receive_server_side(const encoded_arguments& event,
                           std::function<void(json)> answer) override;
  [[nodiscard]] std::vector<socket> sockets() const override;
  [[nodiscard]] std::optional<socket> find_socket(std::string_view id) const override;
  [[nodiscard]] std::vector<room_info> rooms() const override;
  void add_room_observer(std::shared_ptr<room_observer> observer) override;
  [[nodiscard]] remote_socket make_remote_socket(remote_socket_data data) override;

 private:
  struct shard_part;

  // Calls a function on each shard with the shard's part and these values.
  template <class Function, class... Values>
  void on_each_shard(Function function, const Values&... values);

  // Broadcasts an event of a namespace that keeps a log.
  void broadcast_in_order(event_delivery& events, const encoded_arguments& event,
                          const broadcast_options& options);

  namespace_state& nsp_;  // owns this adapter
  std::vector<std::shared_ptr<shard_part>> parts_;
};

}  // namespace socketio::detail
