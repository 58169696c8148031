#include "media_types.hpp"

#include <array>
#include <utility>

#include <socketio/protocol/http.hpp>
#include <socketio/static_files.hpp>

namespace socketio {

std::string_view content_type_of(std::string_view file_name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 39> types = {{
      {"html", "text/html; charset=utf-8"},
      {"htm", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"json", "application/json"},
      {"map", "application/json"},
      {"webmanifest", "application/manifest+json"},
      {"wasm", "application/wasm"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"avif", "image/avif"},
      {"ico", "image/x-icon"},
      {"woff", "font/woff"},
      {"woff2", "font/woff2"},
      {"ttf", "font/ttf"},
      {"otf", "font/otf"},
      {"txt", "text/plain; charset=utf-8"},
      {"log", "text/plain; charset=utf-8"},
      {"c", "text/plain; charset=utf-8"},
      {"cc", "text/plain; charset=utf-8"},
      {"cpp", "text/plain; charset=utf-8"},
      {"h", "text/plain; charset=utf-8"},
      {"hpp", "text/plain; charset=utf-8"},
      {"md", "text/markdown; charset=utf-8"},
      {"csv", "text/csv; charset=utf-8"},
      {"xml", "application/xml"},
      {"pdf", "application/pdf"},
      {"mp3", "audio/mpeg"},
      {"ogg", "audio/ogg"},
      {"wav", "audio/wav"},
      {"mp4", "video/mp4"},
      {"webm", "video/webm"},
      {"zip", "application/zip"},
      {"gz", "application/gzip"},
  }};
  const auto dot = file_name.rfind('.');
  if (dot != std::string_view::npos) {
    const auto extension = file_name.substr(dot + 1);
    for (const auto& [known, type] : types) {
      if (equals_ignoring_case(extension, known)) return type;
    }
  }
  return "application/octet-stream";
}

bool detail::is_compressible(std::string_view media_type) {
  const auto type = media_type.substr(0, media_type.find_first_of("; \t"));
  if (type.starts_with("text/")) return true;
  for (const std::string_view known :
       {"application/json", "application/xml", "application/javascript", "application/wasm",
        "font/ttf", "font/otf"}) {
    if (type == known) return true;
  }
  return type.ends_with("+json") || type.ends_with("+xml");
}

}  // namespace socketio
