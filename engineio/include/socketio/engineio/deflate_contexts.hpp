#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio::engineio {

/// The compressors and the decompressor that the connections of a shard share, for messages that
/// are compressed on their own: 300 KB a shard, not a connection. Not thread-safe.
class deflate_contexts {
 public:
  /// A compressor for the options, without a message before.
  [[nodiscard]] websocket::deflater& fresh_deflater(const websocket::deflate_options& options);
  /// The decompressor, without a message before.
  [[nodiscard]] websocket::inflater& fresh_inflater();

 private:
  struct entry {
    unsigned window_bits;
    unsigned memory_level;
    unsigned compression_level;
    websocket::deflater deflater;
  };

  std::vector<std::unique_ptr<entry>> deflaters_;  // a few: one for each set of options
  std::optional<websocket::inflater> inflater_;
};

}  // namespace socketio::engineio
