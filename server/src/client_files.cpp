#include "client_files.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include <socketio/protocol/content_coding.hpp>

#include "body_sources.hpp"

namespace socketio {
namespace {

constexpr std::array<std::string_view, 8> file_names = {
    "socket.io.js",         "socket.io.js.map",         "socket.io.min.js",
    "socket.io.min.js.map", "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
    "socket.io.esm.min.js", "socket.io.esm.min.js.map"};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The version of the package that the files are from.
std::string version_of(const std::filesystem::path& folder) {
  for (const auto& candidate : {folder / "package.json", folder.parent_path() / "package.json"}) {
    const auto package = nlohmann::json::parse(read_file(candidate), nullptr, false);
    if (package.is_object() && package.contains("version") && package["version"].is_string()) {
      return package["version"].get<std::string>();
    }
  }
  return {};
}

// One file, in each coding that has been asked for.
class client_file {
 public:
  client_file(std::string_view name, std::string content, std::string tag)
      : content_type_(name.ends_with(".map") ? "application/json; charset=utf-8"
                                             : "application/javascript; charset=utf-8"),
        tag_(std::move(tag)) {
    encoded_[content_coding::identity] = std::make_shared<const std::string>(std::move(content));
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
    if (!encoded) {
      const auto& content = *encoded_[content_coding::identity];
      encoded = std::make_shared<const std::string>(encode_content(coding, content));
    }
    return encoded;
  }

  std::string content_type_;
  std::string tag_;
  std::mutex mutex_;
  std::map<content_coding, std::shared_ptr<const std::string>> encoded_;
};

}  // namespace

std::filesystem::path default_client_folder() {
  return SOCKETIO_CLIENT_FOLDER;
}

void serve_client_files(http_server& host, std::string_view path,
                        const std::filesystem::path& folder) {
  const auto version = version_of(folder);
  const auto tag = version.empty() ? std::string{} : "\"" + version + "\"";
  for (const auto name : file_names) {
    const auto file_path = folder / name;
    if (!std::filesystem::is_regular_file(file_path)) continue;
    const auto file = std::make_shared<client_file>(name, read_file(file_path), tag);
    host.get(std::string(path) + std::string(name),
             [file](const http_request& request) { return file->serve(request); });
  }
}

}  // namespace socketio
