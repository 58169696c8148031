#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/form.hpp>

namespace socketio::detail {

/// A file that is written to a folder. It appears there, under a name that nobody can guess, when
/// it is complete; the destructor removes it unless keep() was called. The process's umask decides
/// about its permissions.
class upload_file final : public file_sink {
 public:
  /// The name of an incomplete file: none, if the file system supports that, or a hidden one.
  enum class beginning : bool { unnamed, hidden };

  /// @param folder an absolute path
  /// @param filename the client's, of which the file takes only a harmless extension
  /// @return null if the file cannot be created
  [[nodiscard]] static std::unique_ptr<upload_file> create(const std::filesystem::path& folder,
                                                           std::string_view filename,
                                                           beginning begins = beginning::unnamed);
  ~upload_file() override;

  [[nodiscard]] bool receive(std::string_view bytes) override;
  [[nodiscard]] bool finish() override;

  /// Keeps the file.
  void keep() { visible_.clear(); }
  /// Where the file is once it is complete.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  upload_file() = default;

  [[nodiscard]] bool open_unnamed(const std::filesystem::path& folder);
  [[nodiscard]] bool open_hidden(const std::filesystem::path& hidden);

  int descriptor_ = -1;
  std::filesystem::path path_;
  std::filesystem::path visible_;  // the file's name now; empty if it has none, or is kept
};

/// The extension of a client's file name, with its dot, in lower case; empty if there is none, or
/// it is not 1 to 8 letters and digits.
[[nodiscard]] std::string safe_extension(std::string_view filename);

}  // namespace socketio::detail
