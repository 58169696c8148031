#include "upload_file.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

namespace socketio::detail {
namespace {

constexpr ::mode_t permissions = 0666;

/// 16 random bytes in hexadecimal digits.
std::optional<std::string> make_name() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (const auto byte : bytes) {
    name.push_back(digits[byte >> 4U]);
    name.push_back(digits[byte & 15U]);
  }
  return name;
}

/// The name of an open file in /proc, through which linkat() can give it a name.
std::string link_to(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace

std::string safe_extension(std::string_view filename) {
  constexpr std::size_t max_size = 8;
  filename = filename.substr(filename.find_last_of("/\\") + 1);
  const auto dot = filename.rfind('.');
  // A dot at the beginning hides a file.
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string extension(filename.substr(dot));
  if (extension.size() < 2 || extension.size() > 1 + max_size) return {};
  for (auto& c : std::span(extension).subspan(1)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return {};
  }
  return extension;
}

std::unique_ptr<upload_file> upload_file::create(const std::filesystem::path& folder,
                                                 std::string_view filename, beginning begins) {
  const auto name = make_name();
  if (!name) return nullptr;
  std::unique_ptr<upload_file> created(new upload_file);
  created->path_ = folder / (*name + safe_extension(filename));
  if (begins == beginning::unnamed && created->open_unnamed(folder)) return created;
  return created->open_hidden(folder / ("." + *name + ".part")) ? std::move(created) : nullptr;
}

bool upload_file::open_unnamed(const std::filesystem::path& folder) {
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, permissions);
  if (descriptor_ < 0) return false;
  // Without /proc the file could not get its name at the end.
  if (::access(link_to(descriptor_).c_str(), F_OK) == 0) return true;
  ::close(std::exchange(descriptor_, -1));
  return false;
}

bool upload_file::open_hidden(const std::filesystem::path& hidden) {
  descriptor_ = ::open(hidden.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, permissions);
  if (descriptor_ < 0) return false;
  visible_ = hidden;
  return true;
}

upload_file::~upload_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!visible_.empty()) ::unlink(visible_.c_str());
}

bool upload_file::receive(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool upload_file::finish() {
  if (visible_.empty()) {
    if (::linkat(AT_FDCWD, link_to(descriptor_).c_str(), AT_FDCWD, path_.c_str(),
                 AT_SYMLINK_FOLLOW) != 0) {
      return false;
    }
  } else if (std::rename(visible_.c_str(), path_.c_str()) != 0) {
    return false;
  }
  visible_ = path_;
  // Some file systems report only here that the disk is full. The descriptor is closed in any case.
  return ::close(std::exchange(descriptor_, -1)) == 0 || errno == EINTR;
}

}  // namespace socketio::detail
