#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <socketio/adapter.hpp>
#include <socketio/io_namespace.hpp>

#include "core_context.hpp"
#include "event_delivery.hpp"
#include "event_names.hpp"
#include "handler_list.hpp"
#include "recoverable_sockets.hpp"
#include "rooms/namespace_rooms.hpp"
#include "socket_data.hpp"

namespace socketio::detail {

/// The state of a namespace behind its handles. Any thread.
class namespace_state final : public std::enable_shared_from_this<namespace_state> {
 public:
  namespace_state(std::shared_ptr<core_context> shared, std::string name);
  /// A child of another namespace: it begins with the parent's handlers and middlewares.
  namespace_state(const namespace_state& parent, std::string name);
  ~namespace_state();
  namespace_state(const namespace_state&) = delete;
  namespace_state& operator=(const namespace_state&) = delete;

  /// Takes the namespace's part on this server, and an adapter for all servers, or null if the
  /// namespace is on this one alone; call it once.
  void start(std::unique_ptr<adapter_context> local, std::unique_ptr<socketio::adapter> made);
  /// Takes another adapter for all servers in its place, or null, and closes that.
  void replace_adapter(std::unique_ptr<socketio::adapter> made);
  /// Disconnects the sockets with the reason `server shutting down`, and closes the adapter for all
  /// servers.
  void close();
  /// Disconnects the sockets, because the namespace has been removed. It does nothing from then on.
  void remove();
  /// Releases the adapter, the sockets, the handlers and the middlewares, because the server is
  /// being destroyed. The namespace does nothing from then on.
  void stop();

  const std::shared_ptr<core_context> shared;
  const std::string name;

  [[nodiscard]] bool is_removed() const { return adapter_ == nullptr; }
  // Null once the namespace has been removed or the server is gone.
  [[nodiscard]] socketio::adapter* adapter() const { return adapter_; }
  // Null once the server is gone.
  [[nodiscard]] adapter_context* local() const { return local_.get(); }
  [[nodiscard]] namespace_rooms* rooms() const { return rooms_.get(); }

  /// The log, and how its events reach the sockets; null without one.
  [[nodiscard]] event_delivery* events() const { return events_.get(); }
  /// The sockets that may be restored; null without connection state recovery.
  [[nodiscard]] recoverable_sockets* recoverable() const { return recoverable_.get(); }
  /// Drops what the log has kept long enough.
  void trim_log(std::chrono::steady_clock::time_point now);

  [[nodiscard]] std::uint64_t next_ack_id() { return (*next_ack_id_)++; }

  handler_list<connection_handler> connection_handlers;
  handler_list<middleware> middlewares;
  handler_list<event_handler> server_side_handlers;

  /// Removes the handlers, of any kind, for which a predicate is true.
  template <class Predicate>
  void remove_handlers(Predicate predicate) {
    connection_handlers.remove_if(predicate);
    server_side_handlers.remove_if(predicate);
    if (name == "/") shared->namespace_handlers.remove_if(predicate);
  }

  /// Calls the handlers of `connection` with a new socket, on its shard.
  void tell_connection(const socket& connected);

  /// The names of the events for which sockets of a shard have handlers. Call it on the shard.
  [[nodiscard]] event_names& event_names_of(const engineio::shard& home) const {
    return *event_names_[home.index()];
  }
  [[nodiscard]] data_guard& guard_of_data() { return data_guard_; }

 private:
  // Closes an adapter for all servers that is no longer in use; not the local one.
  void close_made(socketio::adapter* replaced);
  void release_handlers();

  std::unique_ptr<namespace_rooms> rooms_;
  std::shared_ptr<event_delivery> events_;
  std::unique_ptr<recoverable_sockets> recoverable_;
  std::unique_ptr<adapter_context> local_;
  // Those for all servers, also earlier ones, which others may still use.
  std::vector<std::unique_ptr<socketio::adapter>> made_adapters_;
  std::mutex adapter_mutex_;                           // for these
  std::atomic<socketio::adapter*> adapter_ = nullptr;  // one of them, or the local one
  // A broadcast of a parent has the same id in all its children.
  std::shared_ptr<std::atomic<std::uint64_t>> next_ack_id_;
  std::vector<std::unique_ptr<event_names>> event_names_;  // one for each shard
  data_guard data_guard_;
};

/// The adapter of a handle's namespace; null if the handle refers to none, or if it does nothing
/// any more.
[[nodiscard]] inline adapter* adapter_of(const std::shared_ptr<namespace_state>& nsp) {
  return nsp ? nsp->adapter() : nullptr;
}

}  // namespace socketio::detail
