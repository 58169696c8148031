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

#include "http_conditions.hpp"

namespace socketio {

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

  /// Reads what there is from a position on, as much as fits, and returns how many bytes that is; 0
  /// at the end and if it fails.
  [[nodiscard]] std::size_t read(std::uint64_t position, std::span<char> buffer) const;
  /// Reads part of the file; nothing if that fails or if the file is shorter by now.
  [[nodiscard]] std::optional<std::string> read(const byte_range& part) const;

 private:
  int descriptor_;
};

/// What a path leads to.
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
  /// A text that changes with the file: its size and time.
  [[nodiscard]] std::string version() const;
};

/// The names of a path below a folder, decoded; nothing if one of them is not served.
/// @param path percent-encoded; one slash at its beginning and one at its end do not count.
[[nodiscard]] std::optional<std::vector<std::string>> split_path(std::string_view path);

/// Opens what the path leads to if that is in the folder, which is canonical, and no name below it
/// starts with a dot, also where symbolic links lead to.
/// @param error why nothing is returned, if that is no reason to believe that there is no such
/// file: the process is out of descriptors, for example
[[nodiscard]] std::optional<found_file> find_file(const std::filesystem::path& folder,
                                                  const std::filesystem::path& path,
                                                  std::error_code& error);

}  // namespace socketio
