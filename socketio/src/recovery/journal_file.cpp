#include "journal_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace socketio::detail {

journal_file::journal_file(const std::filesystem::path& path)
    : path_(path),
      descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0) fail("cannot open");
}

journal_file::~journal_file() {
  ::close(descriptor_);
}

void journal_file::lock() {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) fail("another server uses the folder of");
}

void journal_file::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write to");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void journal_file::sync() {
  if (::fdatasync(descriptor_) != 0) fail("cannot write to the disk of");
}

std::string journal_file::read(const std::filesystem::path& path) {
  std::ifstream input(path, std::ios::binary);
  if (!input)
    throw std::system_error(errno, std::generic_category(), "cannot read " + path.string());
  return {std::istreambuf_iterator<char>(input), {}};
}

void journal_file::fail(const char* what) const {
  throw std::system_error(errno, std::generic_category(), std::string(what) + ' ' + path_.string());
}

}  // namespace socketio::detail
