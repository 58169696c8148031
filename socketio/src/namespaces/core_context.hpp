#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <socketio/core.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/packet_codec.hpp>

#include "handler_list.hpp"
#include "recovery/recovery_context.hpp"

namespace socketio::detail {

class namespace_registry;

/// What the namespaces and clients of a core share. Handles may keep it longer than the core.
class core_context : public std::enable_shared_from_this<core_context> {
 public:
  /// @throws std::invalid_argument for an option that cannot work
  core_context(const engineio::server& engine, core_options options);

  const core_options options;
  /// The option of that name, which may change.
  std::atomic<std::chrono::milliseconds> connect_timeout;
  const packet_codec& codec;
  const std::vector<std::shared_ptr<engineio::shard>> shards;
  /// Where namespaces find each other; gone with the core.
  std::weak_ptr<namespace_registry> namespaces;
  /// Unlike those of all other servers.
  const std::string server_id;

  /// The caller's shard; the first one if it runs on none. Any thread.
  [[nodiscard]] const std::shared_ptr<engineio::shard>& current_shard() const {
    return engineio::current_shard(shards);
  }
  /// Call it on the shard.
  [[nodiscard]] packet_scratch& scratch(const engineio::shard& home) const {
    return *scratches_[home.index()];
  }
  /// A new id for a handler, unlike all others of the core. Any thread.
  [[nodiscard]] listener_id next_listener_id() { return listener_id{next_listener_id_++}; }
  /// The handlers of `new_namespace`.
  handler_list<namespace_handler> namespace_handlers;
  /// Calls these handlers. Any thread.
  void tell_new_namespace(const io_namespace& made);

  /// What the logs share; null if no option asks for a log.
  [[nodiscard]] recovery_context* recovery() const { return recovery_.get(); }

  void on_error(error_handler handler) { on_error_ = std::move(handler); }
  /// Counts an error, and calls the error handler. Any thread.
  void report(const handler_error& error) const noexcept;
  /// Does it in a later turn of the first shard. Any thread.
  /// @param where a literal
  void report_later(std::exception_ptr error, std::string_view where);
  /// Calls application code, and reports its exceptions. Any thread.
  template <class Function>
  void guard(std::string_view where, Function&& function) const noexcept {
    try {
      std::forward<Function>(function)();
    } catch (...) {
      report({std::current_exception(), where});
    }
  }

 private:
  std::atomic<std::uint64_t> next_listener_id_{1};
  error_handler on_error_;
  std::vector<std::unique_ptr<packet_scratch>> scratches_;  // one for each shard
  std::unique_ptr<recovery_context> recovery_;              // reports errors until it ends
};

}  // namespace socketio::detail
