#include "found_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <locale>
#include <sstream>
#include <system_error>
#include <tuple>

#include <socketio/protocol/http.hpp>

namespace socketio::detail {
namespace {

std::error_code last_error() {
  return {errno, std::system_category()};
}

// Whether an error of opening says that there is nothing to serve.
bool means_absence(const std::error_code& error) {
  switch (error.value()) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EACCES:
    case EPERM:
    case ENXIO:
    case ENODEV:
      return true;
    default:
      return false;
  }
}

}  // namespace

open_file::~open_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t open_file::read(std::uint64_t position, std::span<char> buffer) const {
  ::ssize_t count = 0;
  do {
    count = ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<::off_t>(position));
  } while (count < 0 && errno == EINTR);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

std::optional<std::string> open_file::read(const content_range& part) const {
  std::string content(static_cast<std::size_t>(part.size), '\0');
  std::span<char> rest(content);
  while (!rest.empty()) {
    const auto count = read(part.first + (content.size() - rest.size()), rest);
    if (count == 0) return std::nullopt;
    rest = rest.subspan(count);
  }
  return content;
}

bool found_file::is_older_than(const found_file& other) const {
  return std::tie(status.st_mtim.tv_sec, status.st_mtim.tv_nsec) <
         std::tie(other.status.st_mtim.tv_sec, other.status.st_mtim.tv_nsec);
}

std::string found_file::version() const {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::hex << size() << '-' << status.st_mtim.tv_sec << '-' << status.st_mtim.tv_nsec;
  return std::move(text).str();
}

std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> names;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path == "/") return std::nullopt;
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto name = percent_decode(path.substr(0, slash));
    // A leading dot: `.`, `..`, and hidden files.
    if (name.empty() || name.starts_with('.')) return std::nullopt;
    if (name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) return std::nullopt;
    names.push_back(std::move(name));
    if (slash == std::string_view::npos) return names;
    path.remove_prefix(slash + 1);
    if (path.empty()) return std::nullopt;
  }
  return names;
}

std::optional<found_file> find_file(const std::filesystem::path& folder,
                                    const std::filesystem::path& path, std::error_code& error) {
  error.clear();
  const auto fail = [&error](std::error_code reason) {
    if (!means_absence(reason)) error = reason;
    return std::nullopt;
  };
  std::error_code failure;
  auto target = std::filesystem::canonical(path, failure);
  if (failure) return fail(failure);
  const auto [root_end, below] =
      std::mismatch(folder.begin(), folder.end(), target.begin(), target.end());
  if (root_end != folder.end()) return std::nullopt;

  // The canonical path has no symbolic links. Follow none, in case one has meanwhile replaced a
  // folder or the file. Do not block on a pipe without a writer.
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  open_file file(::open(folder.c_str(), flags | O_DIRECTORY));
  for (auto name = below; file && name != target.end(); ++name) {
    if (name->native().starts_with('.')) return std::nullopt;
    file = open_file(::openat(file.descriptor(), name->c_str(), flags));
  }
  if (!file) return fail(last_error());
  found_file found{std::move(file), std::move(target), {}};
  if (::fstat(found.file.descriptor(), &found.status) != 0) return fail(last_error());
  return found;
}

}  // namespace socketio::detail
