#include "pages.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <socketio/protocol/json.hpp>
#include <socketio/static_files.hpp>

#include "version.hpp"

namespace {

using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;
using socketio::json;

// Neither a slash nor an escape: the name is the file's name, in the folder itself.
bool is_page(std::string_view name) {
  constexpr std::array<std::string_view, 4> extensions = {".html", ".css", ".js", ".svg"};
  return name.empty() || (name.find_first_of("/%") == std::string_view::npos &&
                          std::any_of(extensions.begin(), extensions.end(), [name](auto extension) {
                            return name.ends_with(extension);
                          }));
}

http_response not_found() {
  return {404, "text/plain; charset=utf-8", "Not Found\n"};
}

}  // namespace

void add_pages(socketio::server& io, const std::filesystem::path& pages,
               const std::optional<std::filesystem::path>& source) {
  auto& http = io.http();
  const auto files = std::make_shared<const socketio::static_files>(pages);
  http.get("/*",
           [files](const http_request& request, std::string_view name, const http_reply& reply) {
             reply(is_page(name) ? files->serve(request, name) : not_found());
           });
  if (source) http.serve_folder("/source/", *source);
  const json about = {{"version", library_version}, {"source", source.has_value()}};
  http.get("/about.json", [text = about.dump()](const http_request&) {
    http_response response(200, "application/json", text);
    response.headers.append("Cache-Control", "no-cache");
    return response;
  });
}
