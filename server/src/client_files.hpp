#pragma once

#include <filesystem>
#include <string_view>

#include <socketio/http_server.hpp>

namespace socketio::detail {

/// Serves the browser client: the eight files of the npm package's `dist` folder, below a path such
/// as `/socket.io/` (reference server: `serveClient`).
/// @param folder contains the files, and its parent may contain the package's `package.json`, whose
/// version is the entity tag; if empty, serves the files that the build put into the library
/// @return whether there are files; if the library has none, their paths answer 404
/// @throws std::invalid_argument if the folder contains none of the files
[[nodiscard]] bool serve_client_files(http_server& host, std::string_view path,
                                      const std::filesystem::path& folder);

/// Tells the server's operator what to do if the library has no files.
[[nodiscard]] std::string_view missing_client_files();

}  // namespace socketio::detail
