#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <socketio/adapter.hpp>

namespace integration {

class bus_adapter;

/// Connects the adapters of servers within a process, as a network would. Any thread.
class bus {
 public:
  /// Calls a function with each adapter of a namespace but the sender's, on the adapter's server.
  /// @return how many there are
  std::size_t publish(const bus_adapter& sender, const std::function<void(bus_adapter&)>& message);

  /// Makes the adapter of a namespace; for the option `adapter`. Keep the bus while servers exist.
  [[nodiscard]] std::unique_ptr<socketio::adapter> make(socketio::adapter_context& context);

 private:
  friend class bus_adapter;

  std::mutex mutex_;
  std::map<std::string, std::vector<bus_adapter*>> members_;  // by namespace
};

/// An adapter for servers on a bus, written against the public headers alone.
class bus_adapter final : public socketio::adapter {
 public:
  bus_adapter(bus& network, socketio::adapter_context& context);
  ~bus_adapter() override;

  void broadcast(const socketio::encoded_arguments& event,
                 const socketio::broadcast_options& options) override;
  void broadcast_with_ack(const socketio::encoded_arguments& event,
                          const socketio::broadcast_options& options, std::uint64_t ack_id,
                          socketio::ack_collector collector) override;
  void cancel_acks(std::uint64_t ack_id) override;
  void fetch_sockets(
      const socketio::broadcast_options& options,
      socketio::adapter_completion<std::vector<socketio::remote_socket>> fetched) override;
  void sockets_join(const socketio::broadcast_options& options,
                    const std::vector<std::string>& rooms) override;
  void sockets_leave(const socketio::broadcast_options& options,
                     const std::vector<std::string>& rooms) override;
  void disconnect_sockets(const socketio::broadcast_options& options, bool close) override;
  void server_side_emit(const socketio::encoded_arguments& event) override;
  void server_side_emit_with_ack(const socketio::encoded_arguments& event, std::uint64_t ack_id,
                                 socketio::ack_collector collector) override;
  void server_count(socketio::adapter_completion<std::size_t> counted) override;
  void close() override;

 private:
  friend class bus;

  // An ack id of another server.
  using foreign_id = std::pair<std::string, std::uint64_t>;

  void leave();
  // Does something on this server, and unless the options forbid it on all others.
  void everywhere(const socketio::broadcast_options& options,
                  const std::function<void(socketio::adapter&)>& operation);

  bus& bus_;
  socketio::adapter_context& context_;
  std::shared_ptr<bus_adapter*> alive_ = std::make_shared<bus_adapter*>(this);
  std::mutex mutex_;
  std::map<foreign_id, std::uint64_t> acks_;  // the ids here of broadcasts of other servers
};

}  // namespace integration
