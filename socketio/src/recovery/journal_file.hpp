#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace socketio::detail {

/// A file that only grows. Its functions throw std::system_error. Call sync() on any thread.
class journal_file {
 public:
  /// Opens a file, and makes it if it is missing.
  explicit journal_file(const std::filesystem::path& path);
  ~journal_file();
  journal_file(const journal_file&) = delete;
  journal_file& operator=(const journal_file&) = delete;

  /// Makes sure that no other process does the same, until this object ends.
  void lock();
  void append(std::string_view bytes);
  /// Returns when everything is on the disk.
  void sync();

  /// The content of a file.
  [[nodiscard]] static std::string read(const std::filesystem::path& path);

 private:
  [[noreturn]] void fail(const char* what) const;

  const std::filesystem::path path_;
  const int descriptor_;
};

}  // namespace socketio::detail
