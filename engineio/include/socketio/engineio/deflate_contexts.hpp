#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <socketio/protocol/websocket_deflate.hpp>

namespace socketio::engineio {

/// The compressors and the decompressor that the connections of a shard share for messages without
/// context takeover: 300 KB for each shard instead of each connection. Not thread-safe.
class deflate_contexts {
 public:
  /// A compressor for the options, without earlier messages.
  [[nodiscard]] websocket::deflater& fresh_deflater(const websocket::deflate_options& options);
  /// The decompressor, without earlier messages.
  [[nodiscard]] websocket::inflater& fresh_inflater();

 private:
  struct entry {
    unsigned window_bits;
    unsigned memory_level;
    unsigned compression_level;
    websocket::deflater deflater;
  };

  std::vector<std::unique_ptr<entry>> deflaters_;  // one for each set of options
  std::optional<websocket::inflater> inflater_;
};

}  // namespace socketio::engineio
