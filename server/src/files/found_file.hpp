#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "http/http_conditions.hpp"

namespace socketio::detail {

/// Owns an open file.
class open_file {
 public:
  explicit open_file(int descriptor) : descriptor_(descriptor) {}
  open_file(open_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  open_file& operator=(open_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~open_file();

  explicit operator bool() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Reads from a position as much as fits, and returns the number of bytes; 0 at the end and on an
  /// error.
  [[nodiscard]] std::size_t read(std::uint64_t position, std::span<char> buffer) const;
  /// Reads part of the file; nothing if that fails, or if the file has become shorter.
  [[nodiscard]] std::optional<std::string> read(const content_range& part) const;

 private:
  int descriptor_;
};

/// The file or folder of a path.
struct found_file {
  open_file file;
  std::filesystem::path path;  ///< canonical
  struct ::stat status;

  [[nodiscard]] bool is_folder() const { return S_ISDIR(status.st_mode); }
  [[nodiscard]] bool is_regular() const { return S_ISREG(status.st_mode); }
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(status.st_size); }
  [[nodiscard]] std::chrono::sys_seconds modified() const {
    return std::chrono::sys_seconds(std::chrono::seconds(status.st_mtim.tv_sec));
  }
  [[nodiscard]] bool is_older_than(const found_file& other) const;
  /// A text that changes with the file: size and modification time.
  [[nodiscard]] std::string version() const;
};

/// Decodes the names of a path below a folder; nothing if the server must not serve one of them.
/// @param path percent-encoded; ignores one slash at the beginning and one at the end
[[nodiscard]] std::optional<std::vector<std::string>> split_path(std::string_view path);

/// Opens what the path leads to if that is in the folder, which is canonical, and no name below it
/// starts with a dot, also where symbolic links lead to.
/// @param error why nothing is returned, if that is no reason to believe that there is no such
/// file: the process is out of descriptors, for example
[[nodiscard]] std::optional<found_file> find_file(const std::filesystem::path& folder,
                                                  const std::filesystem::path& path,
                                                  std::error_code& error);

}  // namespace socketio::detail
