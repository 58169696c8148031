#pragma once

#include <filesystem>
#include <string_view>

#include <socketio/http_server.hpp>

namespace socketio {

/// Serves the browser client: the eight files of the npm package's `dist` folder, below a path such
/// as `/socket.io/` (reference server: `serveClient`).
/// @param folder has the files, and its parent may have the package's `package.json`, whose version
/// is the entity tag; if the folder is empty, the files that the build has put into the library are
/// served
/// @returns whether there are files; if the library has none, their paths answer 404
/// @throws std::invalid_argument if the folder has none of the files
[[nodiscard]] bool serve_client_files(http_server& host, std::string_view path,
                                      const std::filesystem::path& folder);

/// What to do if the library has no files, in a sentence for whoever runs the server.
[[nodiscard]] std::string_view missing_client_files();

}  // namespace socketio
