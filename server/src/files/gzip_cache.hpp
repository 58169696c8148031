#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace socketio::detail {

/// The most recently used files, compressed with gzip, up to a total size. Thread-safe.
class gzip_cache {
 public:
  /// Reads a file to compress; nothing if that fails.
  using reader = std::function<std::optional<std::string>()>;

  /// @param max_size largest total of compressed bytes; the cache does not keep a bigger file
  explicit gzip_cache(std::uint64_t max_size) : max_size_(max_size) {}

  /// Returns the compressed file; null if it cannot be read.
  /// @param version identifies a version of the file; the cache keeps one version at a time
  /// @param read called on this thread, without a lock, unless the cache has that version
  /// @throws std::bad_alloc
  [[nodiscard]] std::shared_ptr<const std::string> get(const std::string& path,
                                                       std::string_view version,
                                                       const reader& read);

 private:
  struct entry {
    std::string path;
    std::string version;
    std::shared_ptr<const std::string> content;
  };
  using entries = std::list<entry>;

  std::shared_ptr<const std::string> find(std::string_view path, std::string_view version);
  void keep(entry added);
  void remove(entries::iterator removed);

  std::uint64_t max_size_;
  std::mutex mutex_;
  std::uint64_t size_ = 0;  // of all files
  entries entries_;         // the most recently used one first
  std::unordered_map<std::string_view, entries::iterator> by_path_;
};

}  // namespace socketio::detail
