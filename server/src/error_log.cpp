#include "error_log.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include <socketio/socket.hpp>

namespace socketio::detail {
namespace {

// Who and what.
std::string describe(const handler_error& error) {
  std::string line = "socketio: ";
  line.append(error.where);
  if (!error.event.empty()) line.append(" \"").append(error.event).append("\"");
  if (error.socket != nullptr) {
    line.append(" of socket ").append(error.socket->id());
    line.append(" in ").append(error.socket->nsp());
  }
  return line.append(": ").append(error.message());
}

}  // namespace

error_log::error_log(int descriptor, std::function<clock::time_point()> now)
    : descriptor_(descriptor), now_(std::move(now)), counted_at_(now_()) {}

void error_log::write(const handler_error& error) noexcept {
  write_described([&] { return describe(error); });
}

void error_log::write(std::string_view warning) noexcept {
  write_described([&] { return std::string("socketio: ").append(warning); });
}

template <class Describe>
void error_log::write_described(Describe describe) noexcept {
  try {
    const std::scoped_lock lock(mutex_);
    if (!may_write()) {
      ++left_out_;
      return;
    }
    std::string line = describe();
    // Clients choose part of it.
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
    };
    std::replace_if(line.begin(), line.end(), is_control, ' ');
    std::string end = "\n";
    if (left_out_ > 0) end = " (" + std::to_string(left_out_) + " more errors left out)\n";
    left_out_ = 0;
    line.resize(std::min(line.size(), max_line_size - end.size()));
    write_line(line.append(end));
  } catch (...) {
    // Out of memory: there is no way to tell.
  }
}

bool error_log::may_write() {
  const auto intervals = (now_() - counted_at_) / interval;
  if (intervals > 0) {
    available_ = std::min(burst, available_ + static_cast<std::size_t>(intervals));
    counted_at_ += intervals * interval;
  }
  if (available_ == 0) return false;
  --available_;
  return true;
}

void error_log::write_line(std::string_view line) const {
  // A socket, such as the journal's: MSG_DONTWAIT keeps its other users' mode as it is.
  const auto sent = ::send(descriptor_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return;
  // A pipe with room takes a whole line. A pipe without a reader would raise SIGPIPE.
  pollfd ready{descriptor_, POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || ready.revents != POLLOUT) return;
  [[maybe_unused]] const auto written = ::write(descriptor_, line.data(), line.size());
}

}  // namespace socketio::detail
