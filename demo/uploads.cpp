#include "uploads.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <socketio/form.hpp>
#include <socketio/static_files.hpp>

#include "version.hpp"

namespace {

using socketio::form_file;
using socketio::form_progress;
using socketio::http_reply;
using socketio::http_request;
using socketio::http_response;
using socketio::json;

constexpr std::uint64_t max_file_size = 100'000'000;
constexpr std::uint64_t max_body_size = 120'000'000;
constexpr std::size_t kept_files_count = 20;
constexpr std::uint64_t kept_files_size = 500'000'000;

// The last files that came. Forms are handled on several threads, hence the lock.
class kept_files {
 public:
  void keep(const form_file& file) {
    const std::scoped_lock lock(mutex_);
    files_.push_back({file.path, file.filename, file.size});
    size_ += file.size;
    while (files_.size() > kept_files_count || size_ > kept_files_size) {
      std::error_code ignored;
      std::filesystem::remove(files_.front().path, ignored);
      size_ -= files_.front().size;
      files_.pop_front();
    }
  }

  // What its client calls the file with this id, if it is kept.
  [[nodiscard]] std::optional<std::string> find_name(std::string_view id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [id](const auto& file) { return file.path.filename() == id; });
    if (found == files_.end()) return std::nullopt;
    return found->name;
  }

 private:
  struct kept_file {
    std::filesystem::path path;
    std::string name;
    std::uint64_t size;
  };

  mutable std::mutex mutex_;
  std::deque<kept_file> files_;
  std::uint64_t size_ = 0;
};

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe.append("&amp;");
        break;
      case '<':
        safe.append("&lt;");
        break;
      case '>':
        safe.append("&gt;");
        break;
      case '"':
        safe.append("&quot;");
        break;
      case '\'':
        safe.append("&#39;");
        break;
      default:
        safe.push_back(c);
    }
  }
  return safe;
}

// The file's name in the folder: 128 random bits that nobody guesses, and an extension.
std::string id_of(const form_file& file) {
  return file.path.filename().string();
}

std::string url_of(const form_file& file) {
  return "/uploads/" + id_of(file);
}

http_response refusal(unsigned status, const char* text) {
  return {status, "text/plain; charset=utf-8", text};
}

// The answer to a form that was sent without a script.
http_response page_of(const socketio::form& received) {
  std::string rows;
  for (const auto& file : received.files) {
    rows += "<tr><td><a href=\"" + url_of(file) + "\">" + escaped(file.filename) + "</a></td><td>" +
            escaped(file.content_type) + "</td><td class=\"number\">" + std::to_string(file.size) +
            "</td></tr>\n";
  }
  if (rows.empty()) rows = "<tr><td colspan=\"3\">No file was chosen.</td></tr>\n";
  const auto note = received.find("note").value_or("");
  const auto noted = note.empty() ? "" : "<p>Your note: <q>" + escaped(note) + "</q></p>\n";
  http_response response(200, "text/html; charset=utf-8",
                         R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Uploaded · Socket.IO for C++</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/site.css">
</head>
<body>
<header class="top">
<div class="brand"><img src="/favicon.svg" alt="" width="28" height="28">
<span>Socket.IO <span class="brand-for">for</span> C++</span></div>
<nav class="pages" aria-label="Pages"><ul>
<li><a href="/">Chat</a></li>
<li><a href="/websocket.html">WebSocket</a></li>
<li><a href="/upload.html">Upload</a></li>
<li><a href="/cross-origin.html">Cross-origin</a></li>
<li><a href="/inspector.html">Inspector</a></li>
</ul></nav>
</header>
<main class="page">
<div class="intro"><h1>Uploaded</h1></div>
<div class="card">
<table class="fields">
<thead><tr><th>File</th><th>Type</th><th class="number">Bytes stored</th></tr></thead>
<tbody>
)" + rows + R"(</tbody>
</table>
)" + noted + R"(<p><a href="/upload.html">Back to the upload page</a></p>
</div>
</main>
<footer class="about">Socket.IO for C++ )" +
                             std::string(library_version) +
                             R"(</footer>
</body>
</html>
)");
  response.headers.append("Content-Security-Policy", "default-src 'self'; base-uri 'none'");
  response.headers.append("X-Content-Type-Options", "nosniff");
  return response;
}

http_response json_of(const socketio::form& received) {
  auto files = json::array();
  for (const auto& file : received.files) {
    files.push_back({{"name", file.filename},
                     {"type", file.content_type},
                     {"size", file.size},
                     {"url", url_of(file)}});
  }
  const json answer = {{"files", std::move(files)}, {"note", received.find("note").value_or("")}};
  return {200, "application/json", answer.dump(-1, ' ', false, json::error_handler_t::replace)};
}

// Names an upload in the reports about it.
std::string_view upload_id_of(const http_request& request) {
  constexpr std::size_t max_id_size = 64;
  return request.headers["X-Upload-Id"].substr(0, max_id_size);
}

std::string name_of(const http_request& request) {
  constexpr std::size_t max_name_size = 1'000;
  return socketio::percent_decode(request.headers["X-Upload-Name"].substr(0, max_name_size));
}

// What the routes have in common: where the files stay, and who watches.
class upload_service {
 public:
  upload_service(socketio::io_namespace watchers, const std::filesystem::path& folder)
      : watchers_(std::move(watchers)), files_(folder, as_they_are()) {}

  // Without an id a form's reports could not be told from another's: it is reported once, whole.
  void report(const http_request& request, const form_progress& progress) const {
    if (upload_id_of(request).empty()) return;
    const json event = {
        {"id", upload_id_of(request)},   {"name", name_of(request)},
        {"received", progress.received}, {"total", progress.total ? json(*progress.total) : json()},
        {"ended", progress.ended},       {"complete", progress.complete}};
    if (progress.ended) {
      watchers_.emit("progress", event);
    } else {
      watchers_.volatile_().emit("progress", event);  // for a slow watcher the next one will do
    }
  }

  void store(const http_request& request, const socketio::form& received, const http_reply& reply) {
    std::uint64_t size = 0;
    const bool has_script = !upload_id_of(request).empty();
    for (const auto& file : received.files) {
      size += file.size;
      kept_.keep(file);
      if (!has_script) {
        // Not the file's own id, with which everybody could download it.
        watchers_.emit("progress", json{{"id", "form-" + std::to_string(++scriptless_files_)},
                                        {"name", file.filename},
                                        {"received", file.size},
                                        {"total", file.size},
                                        {"ended", true},
                                        {"complete", true}});
      }
    }
    const bool wants_page = !has_script && request.headers.has_token("Accept", "text/html");
    auto response = wants_page ? page_of(received) : json_of(received);
    response.headers.append("X-Upload-Size", std::to_string(size));
    reply(std::move(response));
  }

  // A stranger may have written the file: the browser must save it, and neither show nor run it.
  [[nodiscard]] http_response download(const http_request& request, std::string_view id) const {
    const auto name = kept_.find_name(id);
    if (!name) return refusal(404, "This file is not kept, or no longer\n");
    auto response = files_.serve(request, id);
    if (response.status >= 300) return response;
    response.headers.set("Content-Type", "application/octet-stream");
    response.headers.set("Content-Disposition",
                         "attachment; filename*=UTF-8''" + socketio::percent_encode(*name));
    response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
    return response;
  }

 private:
  static socketio::static_files_options as_they_are() {
    socketio::static_files_options options;
    options.gzip = false;
    return options;
  }

  socketio::io_namespace watchers_;
  socketio::static_files files_;
  kept_files kept_;
  std::atomic<std::uint64_t> scriptless_files_ = 0;
};

http_response refuse_origin() {
  return refusal(403, "Pages of this origin may not upload here\n");
}

}  // namespace

void add_uploads(socketio::server& io, const std::filesystem::path& folder,
                 const demo_origins& origins) {
  const auto service = std::make_shared<upload_service>(io.of("/uploads"), folder);
  const auto handler = [service](const http_request& request, const socketio::form& received,
                                 const http_reply& reply) {
    service->store(request, received, reply);
  };

  socketio::form_options options;
  options.folder = folder;
  options.max_file_size = max_file_size;
  options.max_body_size = max_body_size;
  options.on_progress = [service](const http_request& request, const form_progress& progress) {
    service->report(request, progress);
  };
  // CORS keeps an answer from a page of another origin, but the page could still send a form.
  options.authorize = [&origins](const http_request& request) -> std::optional<http_response> {
    const auto origin = request.headers["Origin"];
    if (is_same_origin(request) || origins.is_cross_origin(origin)) return std::nullopt;
    return refuse_origin();
  };
  io.http().form("/upload", options, handler);

  options.authorize = [](const http_request& request) -> std::optional<http_response> {
    if (is_same_origin(request) || request.headers["Origin"] == partner_origin) return std::nullopt;
    return refuse_origin();
  };
  io.http().form("/private/upload", options, handler);

  io.http().get("/uploads/*",
                [service](const http_request& request, std::string_view id,
                          const http_reply& reply) { reply(service->download(request, id)); });
}
