#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/form.hpp>

namespace socketio {

/// A file that is received into a folder: it appears there, under a name that nobody can guess,
/// when its last byte has come, and goes with this object unless it is kept. Its permissions are
/// those that the process's umask leaves.
class upload_file final : public file_sink {
 public:
  /// How the file is called until it is complete: not at all, if the file system can do that, or by
  /// a hidden name.
  enum class beginning : bool { unnamed, hidden };

  /// @param folder an absolute path
  /// @param filename the client's, of which only a harmless extension is used
  /// @return null if the file cannot be created
  [[nodiscard]] static std::unique_ptr<upload_file> create(const std::filesystem::path& folder,
                                                           std::string_view filename,
                                                           beginning begins = beginning::unnamed);
  ~upload_file() override;

  [[nodiscard]] bool receive(std::string_view bytes) override;
  [[nodiscard]] bool finish() override;

  /// Lets the file stay.
  void keep() { visible_.clear(); }
  /// Where the file is once it is complete.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  upload_file() = default;

  [[nodiscard]] bool open_unnamed(const std::filesystem::path& folder);
  [[nodiscard]] bool open_hidden(const std::filesystem::path& hidden);

  int descriptor_ = -1;
  std::filesystem::path path_;
  std::filesystem::path visible_;  // where the file is now; empty if nowhere, or if it is kept
};

/// The extension of a client's file name, with its dot, in lower case; empty if there is none, or
/// it has anything but 1 to 8 letters and digits.
[[nodiscard]] std::string safe_extension(std::string_view filename);

}  // namespace socketio
