#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

namespace detail {
class gzip_cache;
struct found_file;
}  // namespace detail

/// How to serve files.
struct static_files_options {
  /// The `Cache-Control` of files; omitted if empty. With `no-cache` browsers ask each time whether
  /// a file has changed.
  std::string cache_control = "no-cache";
  /// Whether to send text and the like compressed to clients that accept it: as `name.gz`, if that
  /// is beside `name` and not older; else compressed on the first request, and cached.
  bool gzip = true;
  /// The smallest and the largest file, in bytes, to compress on the fly.
  std::uint64_t gzip_min_size = 1024;
  std::uint64_t gzip_max_size = std::uint64_t{4} << 20U;
  /// How many bytes of compressed files to cache; the least recently used ones go first.
  std::uint64_t gzip_cache_size = std::uint64_t{16} << 20U;

  static_files_options() = default;
};

/// Serves the regular files of a folder.
///
/// GET and HEAD: content type by extension, `ETag` and `Last-Modified`, the preconditions of RFC
/// 9110, section 13 (304, 412), single byte ranges (206, 416, `If-Range`), `index.html` for a
/// folder (a folder without a final slash is redirected to the one with it), `Cache-Control`,
/// `X-Content-Type-Options: nosniff`, gzip with an entity tag of its own and `Vary` (ranges are of
/// the file as it is). Neither dot segments, encoded or not, nor symbolic links lead out of the
/// folder; names that start with a dot are not served, nor what a symbolic link below such a name
/// leads to. Everything else is 404; other methods 405; 503 with `Retry-After` while files cannot
/// be opened for want of descriptors or memory. A file is read while it is sent. Thread-safe.
class static_files {
 public:
  /// @throws std::invalid_argument if it is not an existing folder
  explicit static_files(const std::filesystem::path& folder, static_files_options options = {});
  static_files(static_files&& other) noexcept;
  static_files& operator=(static_files&& other) noexcept;
  ~static_files();

  /// Answers a request.
  /// @param path the part of the request's path below the route, as sent (percent-encoded); or any
  /// other, such as `login.html`
  [[nodiscard]] http_response serve(const http_request& request, std::string_view path) const;

 private:
  struct representation;

  [[nodiscard]] representation choose(const http_request& request, detail::found_file found,
                                      const std::filesystem::path& path) const;
  [[nodiscard]] http_response answer(const http_request& request, representation chosen) const;

  static_files_options options_;
  std::unique_ptr<detail::gzip_cache> cache_;
  std::filesystem::path folder_;  // canonical
};

/// The media type for a file's name; `application/octet-stream` for an unknown extension.
[[nodiscard]] std::string_view content_type_of(std::string_view file_name);

}  // namespace socketio
