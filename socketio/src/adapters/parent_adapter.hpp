#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <socketio/adapter.hpp>

#include "namespaces/namespace_state.hpp"

namespace socketio::detail {

/// The adapter of a parent namespace: what is sent to the parent goes to its children.
class parent_adapter final : public adapter {
 public:
  void add(std::shared_ptr<namespace_state> child);
  void remove(const std::shared_ptr<namespace_state>& child);
  [[nodiscard]] std::vector<std::shared_ptr<namespace_state>> children() const;

  void broadcast(const encoded_arguments& event, const broadcast_options& options) override;
  void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                          std::uint64_t ack_id, ack_collector collector) override;
  void cancel_acks(std::uint64_t ack_id) override;
  /// Completes with `operation_not_supported`, since the sockets belong to the children.
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

 private:
  // Calls a function with the adapter of each child.
  template <class Function>
  void on_each_child(Function function) const;

  mutable std::mutex mutex_;
  std::set<std::shared_ptr<namespace_state>> children_;
};

}  // namespace socketio::detail
