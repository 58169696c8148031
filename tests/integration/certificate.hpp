#pragma once

#include <filesystem>

#include <socketio/tls.hpp>

namespace integration {

/// A folder of its own for a test, removed with what is in it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Makes a key and a certificate that it has signed itself, in a folder.
[[nodiscard]] socketio::tls_options make_certificate(const std::filesystem::path& folder);

}  // namespace integration
