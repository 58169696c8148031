#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <socketio/core.hpp>
#include <socketio/engineio/shard.hpp>
#include <socketio/protocol/packet_codec.hpp>

namespace socketio::detail {

/// What the namespaces and clients of a core share. Handles may keep it longer than the core.
class core_context {
 public:
  /// @throws std::invalid_argument for an option that cannot work
  core_context(const engineio::server& engine, core_options options);

  const core_options options;
  const packet_codec& codec;
  const std::vector<std::shared_ptr<engineio::shard>> shards;
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
  void on_error(error_handler handler) { on_error_ = std::move(handler); }
  /// Counts an error, and calls the error handler. Any thread.
  void report(const handler_error& error) const noexcept;

 private:
  error_handler on_error_;
  std::vector<std::unique_ptr<packet_scratch>> scratches_;  // one for each shard
};

}  // namespace socketio::detail
