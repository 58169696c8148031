#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <socketio/protocol/http.hpp>

namespace socketio {

/// Serves the regular files of a folder.
///
/// GET and HEAD: content type by extension, `ETag` and `Last-Modified`, the preconditions of RFC
/// 9110, section 13 (304, 412), single byte ranges (206, 416, `If-Range`), `index.html` for a
/// folder (a folder without a final slash is redirected to the one with it), `Cache-Control:
/// no-cache`, `X-Content-Type-Options: nosniff`. Neither dot segments, encoded or not, nor symbolic
/// links lead out of the folder; names that start with a dot are not served. Everything else is
/// 404; other methods 405. Thread-safe.
class static_files {
 public:
  /// @param folder has to exist; std::invalid_argument if it is not a folder.
  explicit static_files(const std::filesystem::path& folder);

  /// Answers a request.
  /// @param path the part of the request's path below the route, as sent (percent-encoded).
  [[nodiscard]] http_response serve(const http_request& request, std::string_view path) const;

 private:
  std::filesystem::path folder_;  // canonical
};

/// The media type for a file's name, `application/octet-stream` if its extension is not known.
[[nodiscard]] std::string_view content_type_of(std::string_view file_name);

}  // namespace socketio
