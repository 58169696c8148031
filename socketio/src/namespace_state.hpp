#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <socketio/core.hpp>

#include "event_names.hpp"
#include "room_table.hpp"
#include "socket_state.hpp"

namespace socketio::detail {

/// The state of a namespace behind its handles. Any thread.
class namespace_state final : public std::enable_shared_from_this<namespace_state> {
 public:
  namespace_state(core& owner, std::string name);
  ~namespace_state();
  namespace_state(const namespace_state&) = delete;
  namespace_state& operator=(const namespace_state&) = delete;

  /// Makes the adapter; call it once.
  void start();
  /// Releases the adapter with its sockets, the handlers and the middlewares, because the server is
  /// being destroyed. The namespace does nothing from then on.
  void stop();

  core& owner;
  const std::string name;
  /// A copy of the option, since it is needed even when the owner is gone.
  const std::size_t max_attachments;

  /// Null once the server is gone.
  [[nodiscard]] socketio::adapter* adapter() const { return adapter_.get(); }
  /// The caller's shard; the first one if it runs on none.
  [[nodiscard]] const std::shared_ptr<engineio::shard>& current_shard() const;
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
  /// Guards the data of the namespace's sockets, and the number of its last version.
  std::mutex data_mutex;
  std::uint64_t data_versions = 0;

  /// Broadcasts an event, and collects the acknowledgements if a handler is given.
  void broadcast(const encoded_arguments& event, const broadcast_options& options,
                 ack_handler acknowledged);
  void broadcast_with_ack(const encoded_arguments& event, const broadcast_options& options,
                          ack_completion handler);

 private:
  std::unique_ptr<socketio::adapter> adapter_;
  std::atomic<std::uint64_t> next_ack_id_{0};
  std::atomic<std::uint64_t> next_listener_id_{1};
  const std::vector<std::shared_ptr<engineio::shard>> shards_;
  std::vector<std::unique_ptr<event_names>> event_names_;  // one for each shard
  mutable std::mutex mutex_;
  bool stopped_ = false;
  std::shared_ptr<const handler_list<connection_handler>> connection_handlers_;
  std::shared_ptr<const handler_list<middleware>> middlewares_;
};

}  // namespace socketio::detail
