#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <socketio/detail/check_option.hpp>
#include <socketio/detail/http_date.hpp>
#include <socketio/protocol/content_coding.hpp>
#include <socketio/static_files.hpp>

#include "body_sources.hpp"
#include "found_file.hpp"
#include "gzip_cache.hpp"
#include "http/http_conditions.hpp"
#include "http/http_response_serializer.hpp"
#include "media_types.hpp"

namespace socketio {
namespace {

/// Read parts of files up to this size at once.
constexpr std::uint64_t max_string_size = std::uint64_t{16} << 10U;
/// Never compress a file above this size in memory: zlib counts bytes in 32 bits.
constexpr std::uint64_t max_gzip_size = std::uint64_t{1} << 30U;

http_response status_response(unsigned status) {
  http_response response(status, "text/plain; charset=utf-8",
                         std::string(reason_phrase(status)) + "\n");
  response.headers.append("X-Content-Type-Options", "nosniff");
  return response;
}

/// Says that the file may be there, but cannot be opened at the moment.
http_response unavailable() {
  auto response = status_response(503);
  response.headers.append("Retry-After", "1");
  return response;
}

/// Redirects the client to the folder with a final slash.
http_response redirect(const http_request& request) {
  auto path = request.path();
  // Two slashes, or characters that browsers read as such, would name another host.
  path.remove_prefix(std::min(path.find_first_not_of("/\\"), path.size()));
  std::string location = "/";
  location.append(path).append("/");
  if (!request.query().empty()) location.append("?").append(request.query());
  auto response = status_response(301);
  response.headers.append("Location", location);
  return response;
}

/// The file `name.gz` for the file `name`, unless it is older.
std::optional<detail::found_file> find_compressed(const std::filesystem::path& folder,
                                                  std::filesystem::path path,
                                                  const detail::found_file& original) {
  std::error_code ignored;
  auto found = detail::find_file(folder, path += ".gz", ignored);
  if (!found || !found->is_regular() || found->is_older_than(original)) return std::nullopt;
  return found;
}

/// Sets the body of a response that is otherwise complete.
http_response send(http_response response, detail::found_file found,
                   const detail::content_range& part) {
  if (part.size > max_string_size) {
    response.source = std::make_unique<detail::file_source>(std::move(found.file), part);
    return response;
  }
  auto content = found.file.read(part);
  if (!content) return status_response(500);
  response.body = *std::move(content);
  return response;
}

}  // namespace

/// A file in the coding for a request.
struct static_files::representation {
  detail::found_file found;  // the file, or its compressed sibling
  std::string_view content_type;
  bool varies = false;    // the response depends on Accept-Encoding
  bool gzip = false;      // the response is coded with gzip
  bool compress = false;  // the server still has to compress it
  std::string tag{};
};

static_files::static_files(const std::filesystem::path& folder, static_files_options options)
    : options_(std::move(options)),
      cache_(std::make_unique<detail::gzip_cache>(options_.gzip_cache_size)) {
  detail::check_field_value("cache_control", options_.cache_control);
  if (options_.gzip && options_.gzip_max_size != 0 &&
      options_.gzip_min_size > options_.gzip_max_size) {
    detail::refuse_option("gzip_min_size", std::to_string(options_.gzip_min_size),
                          "be at most gzip_max_size");
  }
  std::error_code error;
  folder_ = std::filesystem::canonical(folder, error);
  if (error || !std::filesystem::is_directory(folder_, error)) {
    throw std::invalid_argument("not a folder: " + folder.string());
  }
}

static_files::static_files(static_files&&) noexcept = default;
static_files& static_files::operator=(static_files&&) noexcept = default;
static_files::~static_files() = default;

http_response static_files::serve(const http_request& request, std::string_view path) const {
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = status_response(405);
    response.headers.append("Allow", "GET, HEAD");
    return response;
  }
  const auto names = detail::split_path(path);
  if (!names) return status_response(404);
  auto file = folder_;
  for (const auto& name : *names) file /= name;
  std::error_code error;
  auto found = detail::find_file(folder_, file, error);
  // The application may serve a file for another path, too.
  const bool wants_folder = (path.empty() ? request.path() : path).ends_with('/');
  if (found && found->is_folder()) {
    if (!wants_folder) return redirect(request);
    file /= "index.html";
    found = detail::find_file(folder_, file, error);
  } else if (wants_folder && !error) {
    return status_response(404);
  }
  if (error) return unavailable();
  if (!found || !found->is_regular()) return status_response(404);
  return answer(request, choose(request, *std::move(found), file));
}

static_files::representation static_files::choose(const http_request& request,
                                                  detail::found_file found,
                                                  const std::filesystem::path& path) const {
  representation chosen{std::move(found), content_type_of(path.filename().native())};
  chosen.varies = options_.gzip && detail::is_compressible(chosen.content_type);
  const bool wants_part = request.method == "GET" && request.headers.find("Range");
  if (chosen.varies && !wants_part &&
      choose_content_coding(request.headers["Accept-Encoding"]) == content_coding::gzip) {
    const auto size = chosen.found.size();
    if (auto sibling = find_compressed(folder_, path, chosen.found)) {
      chosen.found = *std::move(sibling);
      chosen.gzip = true;
    } else if (size >= options_.gzip_min_size &&
               size <= std::min(options_.gzip_max_size, max_gzip_size)) {
      chosen.gzip = chosen.compress = true;
    }
  }
  chosen.tag = '"' + chosen.found.version() + (chosen.gzip ? "-gzip\"" : "\"");
  return chosen;
}

http_response static_files::answer(const http_request& request, representation chosen) const {
  auto& found = chosen.found;
  http_response response;
  auto& headers = response.headers;
  headers = {{"ETag", chosen.tag}, {"X-Content-Type-Options", "nosniff"}};
  if (!options_.cache_control.empty()) headers.append("Cache-Control", options_.cache_control);
  if (chosen.varies) headers.append("Vary", "Accept-Encoding");
  if (!chosen.gzip) headers.append("Accept-Ranges", "bytes");
  // RFC 9110, section 8.8.2.1: the date must not be later than that of the response.
  if (found.modified() <= std::chrono::system_clock::now()) {
    headers.append("Last-Modified", detail::http_date(found.modified()));
  }

  const detail::http_validators validators{chosen.tag, found.modified()};
  if (const auto status = detail::check_preconditions(request.headers, validators); status != 0) {
    if (status == 412) return status_response(status);
    response.status = status;
    return response;
  }

  headers.append("Content-Type", chosen.content_type);
  if (chosen.gzip) headers.append("Content-Encoding", name_of(content_coding::gzip));
  if (chosen.compress) {
    auto content = cache_->get(found.path.native(), found.version(), [&] {
      return found.file.read({0, found.size()});
    });
    if (!content) return status_response(500);
    response.source = std::make_unique<detail::shared_source>(std::move(content));
    return response;
  }

  detail::range_request range;
  // Only GET has ranges; a response to a request for a range is not coded.
  if (request.method == "GET") {
    range = detail::requested_range(request.headers, validators, found.size());
  }
  const auto size = std::to_string(found.size());
  if (range.what == detail::range_request::outcome::unsatisfiable) {
    auto refusal = status_response(416);
    refusal.headers.append("Content-Range", "bytes */" + size);
    return refusal;
  }
  detail::content_range part{0, found.size()};
  if (range.what == detail::range_request::outcome::part) {
    part = range.part;
    response.status = 206;
    headers.append("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                        std::to_string(part.first + part.size - 1) + "/" + size);
  }
  return send(std::move(response), std::move(found), part);
}

}  // namespace socketio
