#pragma once

#include <filesystem>
#include <string>

#include <socketio/tls.hpp>

namespace integration {

/// A new folder for a test; the destructor removes it with its files.
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

/// Writes a key and a self-signed certificate into a folder.
[[nodiscard]] socketio::tls_options make_certificate(const std::filesystem::path& folder);
/// Writes those of an authority that may sign others.
/// @param name the subject's name, and that of the files; text in UTF-8
[[nodiscard]] socketio::tls_options make_authority(const std::filesystem::path& folder,
                                                   const std::string& name);
/// Writes those of a client into the authority's folder.
[[nodiscard]] socketio::tls_options make_client_certificate(const socketio::tls_options& authority,
                                                            const std::string& name);

}  // namespace integration
