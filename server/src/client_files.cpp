#include "client_files.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include <socketio/protocol/content_coding.hpp>

#include "files/body_sources.hpp"

// The assembler puts these into the library; see cmake/browser_client.cmake.
extern "C" {
/// The version of the npm package; empty if it is not known.
extern const char socketio_client_version[];
/// The bytes of all files, in the order of file_names.
extern const char socketio_client_content[];
/// Where each file begins in them, and where the last one ends.
extern const std::uint32_t socketio_client_bounds[];
}

namespace socketio::detail {
namespace {

// cmake/browser_client.cmake has the same order.
constexpr std::array<std::string_view, 8> file_names = {
    "socket.io.js",         "socket.io.js.map",         "socket.io.min.js",
    "socket.io.min.js.map", "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
    "socket.io.esm.min.js", "socket.io.esm.min.js.map"};

std::string_view embedded_file(std::size_t index) {
  const auto begin = socketio_client_bounds[index];
  return {socketio_client_content + begin, socketio_client_bounds[index + 1] - begin};
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The version of the files' package.
std::string version_of(const std::filesystem::path& folder) {
  for (const auto& candidate : {folder / "package.json", folder.parent_path() / "package.json"}) {
    const auto package = nlohmann::json::parse(read_file(candidate), nullptr, false);
    if (package.is_object() && package.contains("version") && package["version"].is_string()) {
      return package["version"].get<std::string>();
    }
  }
  return {};
}

// One file, in each coding that clients have requested.
class client_file {
 public:
  // The content has to outlive the file.
  client_file(std::string_view name, std::string_view content, std::string_view version)
      : content_type_(name.ends_with(".map") ? "application/json; charset=utf-8"
                                             : "application/javascript; charset=utf-8"),
        tag_(version.empty() ? std::string() : '"' + std::string(version) + '"'),
        content_(content) {}
  client_file(std::string_view name, std::shared_ptr<const std::string> content,
              std::string_view version)
      : client_file(name, std::string_view(*content), version) {
    encoded_[content_coding::identity] = std::move(content);
  }

  http_response serve(const http_request& request) {
    http_response response(200);
    auto& headers = response.headers;
    headers.append("Cache-Control", "public, max-age=0");
    headers.append("Content-Type", content_type_);
    headers.append("Vary", "Accept-Encoding");
    if (!tag_.empty()) headers.append("ETag", tag_);
    const auto known = request.headers["If-None-Match"];
    if (!tag_.empty() && (known == tag_ || known == "W/" + tag_)) {
      response.status = 304;
      return response;
    }
    const auto coding = choose_content_coding(request.headers["Accept-Encoding"]);
    if (coding != content_coding::identity) headers.append("Content-Encoding", name_of(coding));
    response.source = std::make_unique<shared_source>(body(coding));
    return response;
  }

 private:
  std::shared_ptr<const std::string> body(content_coding coding) {
    const std::scoped_lock lock(mutex_);
    auto& encoded = encoded_[coding];
    if (!encoded) encoded = std::make_shared<const std::string>(encode_content(coding, content_));
    return encoded;
  }

  std::string content_type_;
  std::string tag_;
  std::string_view content_;
  std::mutex mutex_;
  std::map<content_coding, std::shared_ptr<const std::string>> encoded_;
};

// The files of the library, or of a folder; null for a file that is not there.
using client_files = std::array<std::shared_ptr<client_file>, file_names.size()>;

bool has_any(const client_files& files) {
  return std::any_of(files.begin(), files.end(), [](const auto& file) { return file != nullptr; });
}

client_files embedded_files() {
  client_files files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto content = embedded_file(i);
    if (content.empty()) continue;
    files[i] = std::make_shared<client_file>(file_names[i], content, socketio_client_version);
  }
  return files;
}

client_files files_of(const std::filesystem::path& folder) {
  client_files files;
  const auto version = version_of(folder);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto path = folder / file_names[i];
    if (!std::filesystem::is_regular_file(path)) continue;
    files[i] = std::make_shared<client_file>(
        file_names[i], std::make_shared<const std::string>(read_file(path)), version);
  }
  if (!has_any(files)) {
    throw std::invalid_argument("client_folder has no file of the browser client: " +
                                folder.string());
  }
  return files;
}

}  // namespace

std::string_view missing_client_files() {
  return "This server was built without the browser client. Run npm ci in its folder web/, or "
         "configure it with -DSOCKETIO_FETCH_CLIENT=ON, and build it again; or set the option "
         "client_folder, or serve_client to false.";
}

bool serve_client_files(http_server& host, std::string_view path,
                        const std::filesystem::path& folder) {
  const auto files = folder.empty() ? embedded_files() : files_of(folder);
  const bool found = has_any(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto pattern = std::string(path) + std::string(file_names[i]);
    if (files[i]) {
      host.get(pattern,
               [file = files[i]](const http_request& request) { return file->serve(request); });
    } else if (!found) {
      host.get(pattern, [](const http_request&) {
        return http_response(404, "text/plain", std::string(missing_client_files()) + '\n');
      });
    }
  }
  return found;
}

}  // namespace socketio::detail
