#include <algorithm>

#include <socketio/protocol/shared_bytes.hpp>

namespace socketio {

shared_bytes shared_bytes::copy(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  const auto kept =
      std::make_shared_for_overwrite<std::byte[]>(bytes.size());  // NOLINT(*-avoid-c-arrays)
  std::copy(bytes.begin(), bytes.end(), kept.get());
  return {kept, {kept.get(), bytes.size()}};
}

}  // namespace socketio
