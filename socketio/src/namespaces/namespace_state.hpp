#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <socketio/adapter.hpp>
#include <socketio/io_namespace.hpp>

#include "core_context.hpp"
#include "event_names.hpp"
#include "rooms/namespace_rooms.hpp"
#include "socket_data.hpp"

namespace socketio::detail {

/// The state of a namespace behind its handles. Any thread.
class namespace_state final : public std::enable_shared_from_this<namespace_state> {
 public:
  namespace_state(std::shared_ptr<core_context> shared, std::string name);
  ~namespace_state();
  namespace_state(const namespace_state&) = delete;
  namespace_state& operator=(const namespace_state&) = delete;

  /// Takes the namespace's part on this server, and makes the adapter of the options; call it once.
  void start(std::unique_ptr<adapter_context> local);
  /// Disconnects the sockets with the reason `server shutting down`.
  void close();
  /// Releases the adapter, the sockets, the handlers and the middlewares, because the server is
  /// being destroyed. The namespace does nothing from then on.
  void stop();

  const std::shared_ptr<core_context> shared;
  const std::string name;

  // Null once the server is gone.
  [[nodiscard]] socketio::adapter* adapter() const { return adapter_; }
  [[nodiscard]] adapter_context* local() const { return local_.get(); }
  [[nodiscard]] namespace_rooms* rooms() const { return rooms_.get(); }

  [[nodiscard]] std::uint64_t next_ack_id() { return next_ack_id_++; }
  [[nodiscard]] listener_id next_listener_id() { return listener_id{next_listener_id_++}; }

  // Consecutive versions of the list share the handlers.
  template <class Handler>
  using handler_list = std::vector<std::shared_ptr<const Handler>>;

  void add_connection_handler(connection_handler handler);
  void add_middleware(middleware function);
  /// The current handlers and middlewares.
  [[nodiscard]] std::shared_ptr<const handler_list<connection_handler>> connection_handlers() const;
  [[nodiscard]] std::shared_ptr<const handler_list<middleware>> middlewares() const;

  /// The names of the events for which sockets of a shard have handlers. Call it on the shard.
  [[nodiscard]] event_names& event_names_of(const engineio::shard& home) const {
    return *event_names_[home.index()];
  }
  [[nodiscard]] data_guard& guard_of_data() { return data_guard_; }

 private:
  std::unique_ptr<namespace_rooms> rooms_;
  std::unique_ptr<adapter_context> local_;
  std::unique_ptr<socketio::adapter> made_adapter_;  // by the option
  socketio::adapter* adapter_ = nullptr;             // that, or the local one
  std::atomic<std::uint64_t> next_ack_id_{0};
  std::atomic<std::uint64_t> next_listener_id_{1};
  std::vector<std::unique_ptr<event_names>> event_names_;  // one for each shard
  data_guard data_guard_;
  mutable std::mutex mutex_;
  bool stopped_ = false;
  std::shared_ptr<const handler_list<connection_handler>> connection_handlers_;
  std::shared_ptr<const handler_list<middleware>> middlewares_;
};

}  // namespace socketio::detail
