#pragma once

#include <filesystem>

/// A new folder in the system's folder for temporary files, which goes with this object, and with
/// all that is in it.
class temporary_folder {
 public:
  /// @throws std::system_error if it cannot be made
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};
