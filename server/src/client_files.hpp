#pragma once

#include <filesystem>
#include <string_view>

#include <socketio/http_server.hpp>

namespace socketio {

/// Where the build has put the browser client's files; empty if it has not.
[[nodiscard]] std::filesystem::path default_client_folder();

/// Serves the browser client: the eight files of the npm package's `dist` folder, below a path such
/// as `/socket.io/` (reference server: `serveClient`).
/// @param folder has the files; its parent may have the package's `package.json`, whose version is
/// the entity tag
void serve_client_files(http_server& host, std::string_view path,
                        const std::filesystem::path& folder);

}  // namespace socketio
