#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <iomanip>
#include <limits>
#include <locale>
#include <optional>
#include <socketio/static_files.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "http_codec.hpp"

namespace socketio {
namespace {

using std::chrono::sys_seconds;

/// Owns an open file.
class open_file {
 public:
  explicit open_file(int descriptor) : descriptor_(descriptor) {}
  open_file(open_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  open_file& operator=(open_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~open_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  explicit operator bool() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// What a path leads to.
struct found_file {
  open_file file;
  struct ::stat status;

  [[nodiscard]] bool is_folder() const { return S_ISDIR(status.st_mode); }
  [[nodiscard]] bool is_regular() const { return S_ISREG(status.st_mode); }
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(status.st_size); }
  [[nodiscard]] sys_seconds modified() const {
    return sys_seconds(std::chrono::seconds(status.st_mtim.tv_sec));
  }
};

/// The names of a path below the folder, decoded; nothing if one of them is not served.
std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> names;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path == "/") return std::nullopt;
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto name = percent_decode(path.substr(0, slash));
    // A leading dot: `.`, `..`, and what is hidden.
    if (name.empty() || name.starts_with('.')) return std::nullopt;
    if (name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) return std::nullopt;
    names.push_back(std::move(name));
    if (slash == std::string_view::npos) return names;
    path.remove_prefix(slash + 1);
    if (path.empty()) return std::nullopt;
  }
  return names;
}

/// Opens what the path leads to if that is in the folder, which is canonical.
std::optional<found_file> find_file(const std::filesystem::path& folder,
                                    const std::filesystem::path& path) {
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  if (error) return std::nullopt;
  const auto [root_end, below] =
      std::mismatch(folder.begin(), folder.end(), target.begin(), target.end());
  if (root_end != folder.end()) return std::nullopt;

  // The canonical path has no symbolic links. None is followed here, so that one which takes the
  // place of a folder in between leads nowhere. A pipe without a writer must not block either.
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  open_file file(::open(folder.c_str(), flags | O_DIRECTORY));
  for (auto name = below; file && name != target.end(); ++name) {
    file = open_file(::openat(file.descriptor(), name->c_str(), flags));
  }
  if (!file) return std::nullopt;
  found_file found{std::move(file), {}};
  if (::fstat(found.file.descriptor(), &found.status) != 0) return std::nullopt;
  return found;
}

/// Part of a file: `size` bytes from `first`.
struct byte_range {
  std::uint64_t first;
  std::uint64_t size;
};

/// Reads part of a file; nothing if it fails or if the file is shorter by now.
std::optional<std::string> read(const open_file& file, const byte_range& range) {
  std::string content(static_cast<std::size_t>(range.size), '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const auto count = ::pread(file.descriptor(), content.data() + done, content.size() - done,
                               static_cast<::off_t>(range.first + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    done += static_cast<std::size_t>(count);
  }
  return content;
}

std::string entity_tag(const found_file& found) {
  std::ostringstream tag;
  tag.imbue(std::locale::classic());
  tag << '"' << std::hex << found.size() << '-' << found.status.st_mtim.tv_sec << '-'
      << found.status.st_mtim.tv_nsec << '"';
  return std::move(tag).str();
}

/// An HTTP-date in any of its three forms (RFC 9110, section 5.6.7).
std::optional<sys_seconds> parse_http_date(std::string_view text) {
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::istringstream input{std::string(text)};
    input.imbue(std::locale::classic());
    std::tm fields{};
    input >> std::get_time(&fields, form);
    if (!input || input.peek() != std::istringstream::traits_type::eof()) continue;
    const std::chrono::year_month_day date(
        std::chrono::year(fields.tm_year + 1900),
        std::chrono::month(static_cast<unsigned>(fields.tm_mon + 1)),
        std::chrono::day(static_cast<unsigned>(fields.tm_mday)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(fields.tm_hour) +
           std::chrono::minutes(fields.tm_min) + std::chrono::seconds(fields.tm_sec);
  }
  return std::nullopt;
}

/// Whether the fields of that name, lists of entity tags or `*`, have the tag.
/// @param weak whether a weak tag counts as well (weak comparison, RFC 9110, section 8.8.3.2).
bool lists_tag(const http_fields& headers, std::string_view field, std::string_view tag,
               bool weak) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    auto [name, list] = headers.at(i);
    if (!equals_ignoring_case(name, field)) continue;
    if (list == "*") return true;
    while (true) {
      list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
      const bool is_weak = list.starts_with("W/");
      if (is_weak) list.remove_prefix(2);
      if (!list.starts_with('"')) break;
      const auto end = list.find('"', 1);
      if (end == std::string_view::npos) break;
      if (list.substr(0, end + 1) == tag && (weak || !is_weak)) return true;
      list.remove_prefix(end + 1);
    }
  }
  return false;
}

/// The status that the request's preconditions end it with, 0 if none does, in the order of RFC
/// 9110, section 13.2.2.
unsigned check_preconditions(const http_fields& headers, std::string_view tag,
                             sys_seconds modified) {
  if (headers.find("If-Match")) {
    if (!lists_tag(headers, "If-Match", tag, false)) return 412;
  } else if (const auto date = parse_http_date(headers["If-Unmodified-Since"])) {
    if (modified > *date) return 412;
  }
  if (headers.find("If-None-Match")) {
    if (lists_tag(headers, "If-None-Match", tag, true)) return 304;
  } else if (const auto since = parse_http_date(headers["If-Modified-Since"])) {
    if (modified <= *since) return 304;
  }
  return 0;
}

/// Whether If-Range lets the request's range stand (RFC 9110, section 13.1.5).
bool range_applies(const http_fields& headers, std::string_view tag, sys_seconds modified) {
  const auto condition = headers.find("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"')) return *condition == tag;
  // A date is a strong validator only if the file did not change again within that second.
  const bool settled = modified + std::chrono::seconds(1) <= std::chrono::system_clock::now();
  return settled && parse_http_date(*condition) == modified;
}

/// A number of digits only; one that is too big becomes the biggest.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t position = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  return parsed.ec == std::errc() ? position : std::numeric_limits<std::uint64_t>::max();
}

/// What a Range field asks of a file.
struct range_request {
  enum class outcome { whole, part, unsatisfiable };
  outcome what = outcome::whole;
  byte_range part{};
};

/// Parses a single byte range; several and malformed ones ask for the whole file.
range_request parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!equals_ignoring_case(field.substr(0, unit.size()), unit)) return {};
  field.remove_prefix(unit.size());
  const auto dash = field.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = parse_position(field.substr(0, dash));
  const auto last = parse_position(field.substr(dash + 1));

  if (dash == 0) {
    if (!last) return {};
    const auto count = std::min(*last, size);
    if (count == 0) return {range_request::outcome::unsatisfiable, {}};
    return {range_request::outcome::part, {size - count, count}};
  }
  const bool open = dash + 1 == field.size();
  if (!first || (!open && (!last || *last < *first))) return {};
  if (*first >= size) return {range_request::outcome::unsatisfiable, {}};
  const auto end = open ? size - 1 : std::min(*last, size - 1);
  return {range_request::outcome::part, {*first, end - *first + 1}};
}

http_response plain_response(unsigned status) {
  http_response response(status, "text/plain; charset=utf-8",
                         std::string(reason_phrase(status)) + "\n");
  response.headers.append("X-Content-Type-Options", "nosniff");
  return response;
}

/// Sends the client to the folder with a final slash.
http_response redirect(const http_request& request) {
  auto path = request.path();
  // Two slashes, or what browsers take for them, would name another host.
  path.remove_prefix(std::min(path.find_first_not_of("/\\"), path.size()));
  std::string location = "/";
  location.append(path).append("/");
  if (!request.query().empty()) location.append("?").append(request.query());
  auto response = plain_response(301);
  response.headers.append("Location", location);
  return response;
}

http_response send_file(const http_request& request, const found_file& found,
                        std::string_view type) {
  const auto tag = entity_tag(found);
  const auto& conditions = request.headers;
  http_response response;
  response.headers = {{"ETag", tag},
                      {"Cache-Control", "no-cache"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Accept-Ranges", "bytes"}};
  // RFC 9110, section 8.8.2.1: no date later than that of the response.
  if (found.modified() <= std::chrono::system_clock::now()) {
    response.headers.append("Last-Modified", http_date(found.modified()));
  }

  if (const auto status = check_preconditions(conditions, tag, found.modified()); status != 0) {
    if (status == 412) return plain_response(status);
    response.status = status;
    return response;
  }

  range_request range;
  if (request.method == "GET" && conditions.count("Range") == 1 &&
      range_applies(conditions, tag, found.modified())) {
    range = parse_range(conditions["Range"], found.size());
  }
  const auto size = std::to_string(found.size());
  byte_range part{0, found.size()};
  if (range.what == range_request::outcome::unsatisfiable) {
    auto refusal = plain_response(416);
    refusal.headers.append("Content-Range", "bytes */" + size);
    return refusal;
  }
  if (range.what == range_request::outcome::part) {
    part = range.part;
    response.status = 206;
    response.headers.append("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                                 std::to_string(part.first + part.size - 1) + "/" +
                                                 size);
  }

  auto content = read(found.file, part);
  if (!content) return plain_response(500);
  response.headers.append("Content-Type", type);
  response.body = *std::move(content);
  return response;
}

}  // namespace

static_files::static_files(const std::filesystem::path& folder) {
  std::error_code error;
  folder_ = std::filesystem::canonical(folder, error);
  if (error || !std::filesystem::is_directory(folder_, error)) {
    throw std::invalid_argument("not a folder: " + folder.string());
  }
}

http_response static_files::serve(const http_request& request, std::string_view path) const {
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = plain_response(405);
    response.headers.append("Allow", "GET, HEAD");
    return response;
  }
  const auto names = split_path(path);
  if (!names) return plain_response(404);
  auto file = folder_;
  for (const auto& name : *names) file /= name;
  auto found = find_file(folder_, file);
  const bool wants_folder = request.path().ends_with('/');
  if (found && found->is_folder()) {
    if (!wants_folder) return redirect(request);
    file /= "index.html";
    found = find_file(folder_, file);
  } else if (wants_folder) {
    return plain_response(404);
  }
  if (!found || !found->is_regular()) return plain_response(404);
  return send_file(request, *found, content_type_of(file.filename().native()));
}

std::string_view content_type_of(std::string_view file_name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 25> types = {{
      {"html", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"json", "application/json"},
      {"map", "application/json"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"ico", "image/x-icon"},
      {"txt", "text/plain; charset=utf-8"},
      {"md", "text/markdown; charset=utf-8"},
      {"csv", "text/csv; charset=utf-8"},
      {"wasm", "application/wasm"},
      {"woff2", "font/woff2"},
      {"pdf", "application/pdf"},
      {"xml", "application/xml"},
      {"mp3", "audio/mpeg"},
      {"mp4", "video/mp4"},
      {"webm", "video/webm"},
      {"zip", "application/zip"},
      {"htm", "text/html; charset=utf-8"},
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

}  // namespace socketio
