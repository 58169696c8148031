#pragma once

#include <filesystem>
#include <optional>

#include <socketio/server.hpp>

/// Serves the demo's pages: the files with the extensions of pages (.html, .css, .js, .svg) that
/// stand in the folder itself. What npm keeps beside them is not served.
///
/// `/about.json` says what the footers of the pages show: {version, source}, where `source` is
/// whether `/source/` has the demo's C++.
/// @param source the folder with the demo's C++; unset if there is none
/// @throws std::invalid_argument for a folder that does not exist
void add_pages(socketio::server& io, const std::filesystem::path& pages,
               const std::optional<std::filesystem::path>& source);
