#pragma once

#include <filesystem>

#include <socketio/server.hpp>

#include "cross_origin.hpp"

/// Takes files, hands them back, and shows how they come.
///
/// `POST /upload` takes a form with files and a field `note`: 100 MB a file, 120 MB in all. The
/// answer, in JSON, says what has been stored: {note, files: [{name, type, size, url}]}. A
/// browser's form without a script, which has no field `X-Upload-Id`, gets a page.
/// `/private/upload` does the same for the server's own pages.
///
/// `GET /uploads/<id>`, the `url` of a file, downloads it. Only who has uploaded it knows its id.
///
/// The namespace `/uploads` tells all who watch how far each upload has come, with the event
/// `progress`: {id, name, received, total, ended, complete}. The id and the name are what the
/// script says in `X-Upload-Id` and, percent-encoded, `X-Upload-Name`.
/// @param folder keeps the last 20 files, of 500 MB at most; has to exist
/// @param origins has to outlive the server
void add_uploads(socketio::server& io, const std::filesystem::path& folder,
                 const demo_origins& origins);
